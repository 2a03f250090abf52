"""UVFITS: written here by AIPS's rules, and two real files."""

import numpy as np
import pytest
from astropy.io import fits

from bayesim.conventions import ARCSEC
from bayesim.data import PointSource, array, observe, read
from bayesim.data._read import formats
from bayesim.errors import DataError, FormatError

L, M, FLUX = 3e-4, -2e-4, 2.5


@pytest.fixture(scope="module")
def truth():
    setup = {"declination": 0.4, "hour_angles": np.linspace(-1, 1, 3), "frequency": 8e9, "right_ascension": 1.0}
    return observe(array("vla.c"), sources=[PointSource(FLUX, L, M)], sigma=0.5, seed=None, **setup)


def tables_of(vis, offsets):
    stations = fits.BinTableHDU.from_columns(
        [
            fits.Column("ANNAME", "8A", array=np.array(vis.antenna_names)),
            fits.Column("NOSTA", "1J", array=np.arange(len(vis.antenna_names)) + 1),
        ],
        name="AIPS AN",
    )
    setups = fits.BinTableHDU.from_columns(
        [
            fits.Column("FRQSEL", "1J", array=np.array([1])),
            fits.Column(
                "IF FREQ", f"{len(offsets)}D", array=offsets[:1, 0] if len(offsets) == 1 else offsets[None, :, 0]
            ),
        ],
        name="AIPS FQ",
    )
    return stations, setups


def write(path, vis, *, stokes=(-1, -2), frequencies=((0.0,),), mutate=None, suffix="---SIN", primary=None, extra=()):
    """Write ``vis`` as AIPS would: conjugate kernel, seconds, one weight per hand."""
    offsets = np.asarray(frequencies)  # IF by channel, Hz from the reference
    reference = float(vis.frequency[0])
    n_if, n_freq = offsets.shape
    seconds = vis.uvw / vis.frequency[:, None]
    cube = np.zeros((len(vis), 1, 1, n_if, n_freq, len(stokes), 3))
    for i, j in np.ndindex(n_if, n_freq):
        u, v, w = seconds.T * (reference + offsets[i, j])
        data = PointSource(FLUX, L, M).visibilities(u, v, w).conj()
        for k, code in enumerate(stokes):
            cross = code in (-3, -4, -7, -8, 2, 3, 4)
            cube[:, 0, 0, i, j, k] = np.stack(
                [data.real, data.imag, vis.weight / 2 if not cross else np.inf * vis.weight], 1
            )
            if cross:
                cube[:, 0, 0, i, j, k, :2] = np.nan
    if mutate is not None:
        mutate(cube)
    date = vis.time + 2_400_000.5
    columns = {f"{a}{suffix}": seconds[:, k] for k, a in enumerate(("UU", "VV", "WW"))}
    columns["BASELINE"] = 256.0 * (vis.antenna1 + 1) + vis.antenna2 + 1
    columns["DATE"] = np.floor(date)
    columns["_DATE"] = date - np.floor(date)
    columns |= dict(extra)
    names = ["DATE" if name == "_DATE" else name for name in columns]
    data = fits.GroupData(cube, bitpix=-64, parnames=names, pardata=list(columns.values()))
    hdu = fits.GroupsHDU(data)
    axes = [("COMPLEX", 1, 1), ("STOKES", stokes[0], (stokes[1] - stokes[0]) if len(stokes) > 1 else -1)]
    axes += [("FREQ", reference, offsets[0, 1] - offsets[0, 0] if n_freq > 1 else 1e6), ("IF", 1, 1)]
    axes += [("RA", np.degrees(vis.phase_centre[0]), 1), ("DEC", np.degrees(vis.phase_centre[1]), 1)]
    for k, (name, value, step) in enumerate(axes, start=2):
        hdu.header[f"CTYPE{k}"], hdu.header[f"CRVAL{k}"], hdu.header[f"CDELT{k}"] = name, value, step
        hdu.header[f"CRPIX{k}"] = 1.0
    for key, value in (primary or {}).items():
        hdu.header[key] = value
    fits.HDUList([hdu, *tables_of(vis, offsets)]).writeto(path, overwrite=True)
    return path


def test_a_written_file_comes_back(truth, tmp_path):
    vis = read(write(tmp_path / "x.dat", truth))
    np.testing.assert_allclose(vis.uvw, truth.uvw, rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(vis.data, truth.data, atol=1e-9)
    np.testing.assert_allclose(vis.weight, truth.weight, rtol=1e-12)
    np.testing.assert_array_equal(vis.antenna1, truth.antenna1)
    np.testing.assert_array_equal(vis.antenna2, truth.antenna2)
    np.testing.assert_allclose(vis.time, truth.time, rtol=0, atol=1e-8)
    assert vis.antenna_names == truth.antenna_names
    assert vis.phase_centre == pytest.approx(truth.phase_centre, abs=1e-7)


@pytest.mark.parametrize("suffix", ["", "--", "---SIN", "---NCP"])
def test_names_of_the_coordinates_may_vary(truth, tmp_path, suffix):
    assert len(read(write(tmp_path / "x", truth, suffix=suffix))) == len(truth)


@pytest.mark.parametrize(
    ("stokes", "factor", "note"),
    [((1,), 0.5, None), ((-1, -2, -3, -4), 1.0, "RR and LL"), ((-5, -6), 1.0, "XX and YY"), ((-1,), 0.5, "RR alone")],
)
def test_stokes_i_has_the_weight_of_its_hands(truth, tmp_path, stokes, factor, note):
    vis = read(write(tmp_path / "x", truth, stokes=stokes))
    np.testing.assert_allclose(vis.weight, factor * truth.weight)
    np.testing.assert_allclose(vis.data, truth.data, atol=1e-9)
    assert note is None or any(note in text for text in vis.account.notes)


def test_hands_of_unequal_weight_are_averaged_by_inverse_variance(truth, tmp_path):
    def uneven(cube):
        cube[..., 0, 2] = 3.0
        cube[..., 1, 2] = 1.0
        cube[..., 0, :2] = (1.0, 0.0)
        cube[..., 1, :2] = (2.0, 4.0)

    vis = read(write(tmp_path / "x", truth, mutate=uneven))
    np.testing.assert_allclose(vis.data, 1.25 - 1j)
    np.testing.assert_allclose(vis.weight, 4.0)


def test_negative_weights_are_flags_and_one_hand_may_remain(truth, tmp_path):
    def flags(cube):
        cube[0, ..., 0, 2] *= -1
        cube[0, ..., 0, 0] = np.nan
        cube[1, ..., 2] = 0.0
        cube[2, ..., 2] *= -1

    vis = read(write(tmp_path / "x", truth, mutate=flags))
    assert dict(vis.account.dropped) == {"zero weight": 2}
    assert vis.weight[0] == pytest.approx(truth.weight[0] / 2)
    assert any("1 samples rest on one" in note for note in vis.account.notes)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("where", [0, 2])
def test_bad_numbers_with_weight_are_refused(truth, tmp_path, value, where):
    def bad(cube):
        cube[5, ..., 0, where] = value

    with pytest.raises(DataError, match=r"rows \(first: \[5\]\)"):
        read(write(tmp_path / "x", truth, mutate=bad))


def test_channels_and_ifs_have_their_own_frequencies(truth, tmp_path):
    offsets = ((0.0, 1e7, 2e7), (5e8, 5.1e8, 5.2e8))
    vis = read(write(tmp_path / "x", truth, frequencies=offsets))
    assert len(vis) == 6 * len(truth)
    np.testing.assert_allclose(vis.frequency[:6], 8e9 + np.ravel(offsets))
    np.testing.assert_allclose(vis.data, PointSource(FLUX, L, M).visibilities(vis.u, vis.v, vis.w), atol=1e-7)


def test_several_sources_are_refused(truth, tmp_path):
    sources = {"SOURCE": np.arange(len(truth)) % 2 + 1.0}
    with pytest.raises(DataError, match="2 sources"):
        read(write(tmp_path / "x", truth, extra=sources.items()))


def test_epoch_1950_is_converted(truth, tmp_path):
    vis = read(write(tmp_path / "x", truth, primary={"EPOCH": 1950.0}))
    assert any("B1950" in note for note in vis.account.notes)
    # precession moves a direction by about 0.64 degrees in these 50 years
    assert 0.002 < abs(vis.phase_centre[0] - truth.phase_centre[0]) < 0.02


@pytest.mark.parametrize("card", [{"CTYPE3": "WHAT"}, {"CRVAL3": -3.5}, {"CRVAL4": -1.0}, {"CRVAL7": 100.0}])
def test_headers_that_make_no_sense_are_refused(truth, tmp_path, card):
    with pytest.raises(FormatError):
        read(write(tmp_path / "x", truth, primary=card))


def test_truncated_files_are_refused(truth, tmp_path):
    content = write(tmp_path / "x", truth).read_bytes()
    for end in np.random.default_rng(0).integers(400, len(content) - 2881, size=20):
        (tmp_path / "short").write_bytes(content[:end])
        with pytest.raises(FormatError):
            read(tmp_path / "short")


def test_other_fits_files_are_not_taken_for_uvfits(tmp_path):
    fits.PrimaryHDU(np.zeros((3, 3))).writeto(tmp_path / "image.uvfits")
    assert not formats()["uvfits"].matches(tmp_path / "image.uvfits")
    with pytest.raises(FormatError, match="none of the formats"):
        read(tmp_path / "image.uvfits")


def exact_dirty(vis, data, l, m):
    east, north = np.meshgrid(l, m)
    east, north = east.ravel(), north.ravel()
    n_minus_1 = np.sqrt(1 - east**2 - north**2) - 1
    turns = np.outer(vis.u, east) + np.outer(vis.v, north) + np.outer(vis.w, n_minus_1)
    return ((vis.weight * data) @ np.exp(2j * np.pi * turns)).real / vis.sum_weight, east, north


def test_the_jet_of_3c273_lies_south_west(shared_data):
    vis = read(shared_data / "vla_3c273" / "3C273XC1.fits")
    assert len(vis) == vis.account.read == 7669
    assert vis.antenna_names[0] == "VLA:W12"
    assert np.abs(vis.w).max() == pytest.approx(8.2e4, rel=0.01)
    core = (vis.weight * vis.data).real.sum() / vis.sum_weight
    assert core == pytest.approx(29.9, abs=0.3)
    axis = np.arange(-26, 26.1, 0.75) * ARCSEC
    image, east, north = exact_dirty(vis, vis.data - core, axis, axis)
    image[np.hypot(east, north) < 8 * ARCSEC] = -np.inf
    head = int(image.argmax())
    angle = np.degrees(np.arctan2(east[head], north[head])) % 360
    assert angle == pytest.approx(222.0, abs=2.0)
    assert np.hypot(east[head], north[head]) / ARCSEC == pytest.approx(20.8, abs=0.8)


def test_the_m87_files_of_the_eht(shared_data):
    folder = shared_data / "eht_m87_2017"
    counts = {}
    for band in ("lo", "hi"):
        (path,) = folder.glob(f"*_{band}_*.uvfits")
        vis = read(path)
        counts[band] = len(vis)
        with fits.open(path) as hdus:
            raw = hdus[0].data.data.reshape(-1, 4, 3).astype(float)
        np.testing.assert_allclose(vis.weight, 2 * raw[:, 0, 2], rtol=1e-12)
        np.testing.assert_allclose(vis.data, raw[:, 0, 0] - 1j * raw[:, 0, 1], rtol=1e-12)
        assert vis.longest_baseline == pytest.approx(8.3e9, rel=0.01)
        assert np.degrees(vis.phase_centre) == pytest.approx([187.7059307575226, 12.39112323919932], abs=1e-4)
    assert counts == {"lo": 7447, "hi": 8058}
