"""OIFITS: written here by the standard, damaged byte by byte, and two real files."""

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data import Interferometry, PointSource, read, read_oifits
from bayesim.errors import BayesimError, DataError, FormatError

WAVES = np.array([1.5e-6, 1.6e-6, 1.7e-6])
STATIONS = np.array([[0.0, 0.0], [60.0, 10.0], [-20.0, 70.0]])  # East and North, metres
PAIRS = np.array([[0, 1], [1, 2], [0, 2]])
MAS = np.radians(1 / 3.6e6)
SKY = (PointSource(0.7, 0.0, 0.0), PointSource(0.3, 3 * MAS, 1 * MAS))


def seen(metres):
    """Return the visibilities of two points of which the fainter is in the North-East, shape (rows, channels)."""
    u, v = (metres[:, k, None] / WAVES for k in (0, 1))
    return sum(source.visibilities(u.ravel(), v.ravel(), 0 * u.ravel()) for source in SKY).reshape(u.shape)


def table(name, columns, **header):
    made = [fits.Column(key, form, unit=unit, array=array) for key, (form, unit, array) in columns.items()]
    hdu = fits.BinTableHDU.from_columns(made, name=name)
    for key, value in {"OI_REVN": 1, "ARRNAME": "TEST", "INSNAME": "CAMERA", **header}.items():
        hdu.header[key] = value
    return hdu


def rows(n, target=1):
    return {"TARGET_ID": ("I", None, np.full(n, target)), "MJD": ("D", "day", np.full(n, 57000.5))}


def baselines(kind, value, error, data, sigma, unit=None, flag=None, target=1):
    d = STATIONS[PAIRS[:, 1]] - STATIONS[PAIRS[:, 0]]
    flag = np.zeros((3, 3), bool) if flag is None else flag
    columns = {
        value: ("3D", unit, data),
        error: ("3D", unit, np.broadcast_to(sigma, data.shape)),
        "UCOORD": ("D", "m", d[:, 0]),
        "VCOORD": ("D", "m", d[:, 1]),
        "STA_INDEX": ("2I", None, PAIRS + 1),
        "FLAG": ("3L", None, flag),
    }
    return table(kind, rows(3, target) | columns)


def triangle(data, sigma, unit="deg"):
    d = [STATIONS[1] - STATIONS[0], STATIONS[2] - STATIONS[1]]
    columns = {f"{axis}{k + 1}COORD": ("D", "m", d[k][[i]]) for k in (0, 1) for i, axis in enumerate("UV")}
    columns |= {"T3PHI": ("3D", unit, data[None]), "T3PHIERR": ("3D", unit, np.full((1, 3), sigma))}
    columns |= {"T3AMP": ("3D", None, np.ones((1, 3))), "T3AMPERR": ("3D", None, np.full((1, 3), np.nan))}
    return table("OI_T3", rows(1) | columns | {"STA_INDEX": ("3I", None, np.array([[1, 2, 3]]))})


def frame(names=("STAR",)):
    targets = {
        "TARGET_ID": ("I", None, np.arange(len(names)) + 1),
        "TARGET": ("16A", None, np.array(names)),
        "RAEP0": ("D", "deg", np.full(len(names), 90.0)),
        "DECEP0": ("D", "deg", np.full(len(names), -30.0)),
    }
    array = {"STA_NAME": ("8A", None, np.array(["A0", "B1", "C2"])), "STA_INDEX": ("I", None, np.array([1, 2, 3]))}
    return [table("OI_TARGET", targets), table("OI_ARRAY", array), waves(WAVES)]


def waves(values):
    return table("OI_WAVELENGTH", {"EFF_WAVE": ("D", "m", values)})


def closure():
    d = STATIONS[[1, 2, 0]] - STATIONS
    return np.angle(np.prod(seen(d), axis=0))


def write(path, *parts, head=None):
    fits.HDUList([fits.PrimaryHDU(), *(head or frame()), *parts]).writeto(path, overwrite=True)
    return path


def v2(**options):
    d = STATIONS[PAIRS[:, 1]] - STATIONS[PAIRS[:, 0]]
    return baselines("OI_VIS2", "VIS2DATA", "VIS2ERR", np.abs(seen(d)) ** 2, 0.01, **options)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("oifits") / "x"
    phase = np.angle(seen(STATIONS[PAIRS[:, 1]] - STATIONS[PAIRS[:, 0]]), deg=True)
    vis = baselines("OI_VIS", "VISPHI", "VISPHIERR", phase, 1.0, unit="deg")
    return write(path, v2(), triangle(np.degrees(closure()), 2.0), vis)


def test_every_quantity_is_read_with_the_signs_of_a_source_in_the_north_east(original):
    data = read_oifits(original)
    assert (data.target, data.station_names) == ("STAR", ("A0", "B1", "C2"))
    assert data.phase_centre == pytest.approx((np.pi / 2, -np.pi / 6))
    for quantity, model in ((data.v2, lambda z: np.abs(z) ** 2), (data.phase, np.angle)):
        z = sum(source.visibilities(quantity.u, quantity.v, 0 * quantity.u) for source in SKY)
        np.testing.assert_allclose(quantity.value, model(z), atol=1e-12)
    loop = data.closure_phase
    z = sum(source.visibilities(loop.u, loop.v, 0 * loop.u) for source in SKY)
    np.testing.assert_allclose(loop.value, np.angle(z[loop.index].prod(axis=1)), atol=1e-12)
    assert np.abs(loop.value).max() > 0.1
    np.testing.assert_allclose(loop.sigma, np.radians(2.0))
    np.testing.assert_allclose(loop.u[loop.index].sum(axis=1), 0.0, atol=1e-6)
    assert loop.stations.tolist() == [[0, 1, 2]] * 3
    np.testing.assert_allclose(data.v2.frequency[:3], SPEED_OF_LIGHT / WAVES)
    assert np.all(data.v2.time == 57000.5)
    # amplitudes of triangles are there, but none has an error
    assert len(data.t3amp) == 0
    assert dict(data.t3amp.account.dropped) == {"not finite": 3}


def test_rows_are_left_out_and_counted_by_reason(tmp_path):
    part = v2(flag=np.eye(3, dtype=bool))
    part.data["VIS2DATA"][0, 1] = np.nan
    part.data["VIS2ERR"][1, 0] = -0.01
    data = read_oifits(write(tmp_path / "x", part))
    assert dict(data.v2.account.dropped) == {"flagged": 3, "not finite": 1, "error not positive": 1}
    assert data.v2.account.read == 9
    assert data.v2.account.used == len(data.v2) == 4


def test_several_targets_need_a_name(tmp_path):
    path = write(tmp_path / "x", v2(), v2(target=2), head=frame(("STAR", "OTHER")))
    with pytest.raises(DataError, match="holds 2 targets"):
        read_oifits(path)
    with pytest.raises(DataError, match="no target 'THIRD'"):
        read_oifits(path, target="THIRD")
    assert len(read_oifits(path, target="OTHER").v2) == 9


def no_wavelengths(path):
    return write(path, v2(), head=frame()[:2])


def microns(path):
    return write(path, v2(), head=[*frame()[:2], waves(WAVES * 1e6)])


def contradiction(path):
    return write(path, v2(), head=[*frame(), waves(WAVES[::-1])])


def other_width(path):
    return write(path, v2(), head=[*frame()[:2], waves(WAVES[:2])])


def turns(path):
    return write(path, triangle(closure(), 0.1, unit="turn"))


def no_data(path):
    return write(path)


def all_flagged(path):
    return write(path, v2(flag=np.ones((3, 3), dtype=bool)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (no_wavelengths, "no OI_WAVELENGTH for INSNAME 'CAMERA'"),
        (microns, r"wavelength \[1.5\] of 'CAMERA' is not in"),
        (contradiction, "2 different OI_WAVELENGTH"),
        (other_width, "VIS2DATA has shape"),
        (turns, "T3PHI is in 'turn'"),
        (no_data, "holds no table OI_VIS2"),
        (all_flagged, "nothing is left"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, make, message):
    with pytest.raises(DataError, match=message):
        read_oifits(make(tmp_path / "x"))


def test_the_reader_of_visibilities_points_to_this_one(original):
    with pytest.raises(FormatError, match="read_oifits"):
        read(original)


@given(
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    cut=st.none() | st.floats(0, 1),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_damaged_files_give_typed_errors_or_finite_data(original, flips, cut):
    content = bytearray(original.read_bytes())
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    path = original.with_name("damaged")
    path.write_bytes(bytes(content if cut is None else content[: int(cut * len(content))]))
    try:
        data = read_oifits(path)
    except BayesimError:
        return
    assert isinstance(data, Interferometry)
    for quantity in (data.v2, data.closure_phase, data.phase):
        assert quantity.account.used == len(quantity)
        assert np.all(np.isfinite(quantity.value / quantity.sigma))


def test_alpha_centauri_a(shared_data):
    data = read_oifits(shared_data / "oifits" / "AlphaCenA.oifits")
    assert (len(data.v2), len(data.closure_phase)) == (324, 156)
    assert dict(data.closure_phase.account.dropped) == {"flagged": 6}
    assert np.hypot(data.v2.u, data.v2.v).max() == pytest.approx(84.62e6, rel=1e-4)
    assert any("in no OI_ARRAY" in note for note in data.notes)


def test_the_contest_of_2004_has_its_truth_east_to_the_left(shared_data):
    data = read_oifits(shared_data / "oifits" / "contest-2004-obj1.oifits")
    assert (len(data.v2), len(data.closure_phase), len(data.t3amp)) == (195, 130, 130)
    truth = fits.getdata(shared_data / "oifits" / "2004true.fits").astype(np.float64)
    place = (np.arange(256) - 128) * 0.1 * MAS
    loop = data.closure_phase

    def misfit(east):
        rows = np.exp(-2j * np.pi * np.outer(loop.v, place)) @ (truth / truth.sum())
        z = np.sum(rows * np.exp(-2j * np.pi * np.outer(loop.u, east)), axis=1)[loop.index].prod(axis=1)
        return np.mean((np.angle(z * np.exp(-1j * loop.value)) / loop.sigma) ** 2)

    assert misfit(-place) < 1.2
    assert misfit(place) > 100
