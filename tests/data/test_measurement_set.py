"""Measurement Sets: made here with casacore, and a real one of LOFAR."""

import shutil
import sys

import numpy as np
import pytest

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data import PointSource, array, observe, read
from bayesim.errors import DataError, FormatError, MissingExtraError

tables = pytest.importorskip("casacore.tables", reason="python-casacore is not installed (extra 'ms')")

CHANNELS = np.array([1.40e9, 1.41e9, 1.42e9])
SOURCE = PointSource(2.0, 4e-3, -3e-3)


@pytest.fixture(scope="module")
def truth():
    setup = {"declination": 0.5, "hour_angles": [0.0, 0.3], "frequency": 1.4e9, "right_ascension": 2.0}
    return observe(array("sma"), sources=[SOURCE], sigma=0.5, seed=None, **setup)


def describe(path, channels, correlations, centre, names):
    with tables.table(f"{path}/SPECTRAL_WINDOW", readonly=False, ack=False) as window:
        window.addrows(1)
        window.putcell("CHAN_FREQ", 0, channels)
    with tables.table(f"{path}/POLARIZATION", readonly=False, ack=False) as polarization:
        polarization.addrows(1)
        polarization.putcell("CORR_TYPE", 0, np.array(correlations, dtype=np.int32))
    with tables.table(f"{path}/DATA_DESCRIPTION", readonly=False, ack=False) as description:
        description.addrows(1)
        description.putcell("SPECTRAL_WINDOW_ID", 0, 0)
        description.putcell("POLARIZATION_ID", 0, 0)
    with tables.table(f"{path}/FIELD", readonly=False, ack=False) as field:
        field.addrows(2)
        field.putcol("NAME", ["near", "far"])
        for row in range(2):
            field.putcell("PHASE_DIR", row, np.array([centre]))
    with tables.table(f"{path}/ANTENNA", readonly=False, ack=False) as antenna:
        antenna.addrows(len(names))
        antenna.putcol("NAME", list(names))


def write(path, vis, *, correlations=(5, 8), spectrum=True, corrected=False, **columns):
    """Write ``vis`` as CASA would: position 2 minus position 1 in metres, kernel exp(+2 pi i ...)."""
    extra = [tables.makearrcoldesc("DATA", 0j, valuetype="complex", ndim=2)]
    if spectrum:
        extra.append(tables.makearrcoldesc("WEIGHT_SPECTRUM", 0.0, valuetype="float", ndim=2))
    if corrected:
        extra.append(tables.makearrcoldesc("CORRECTED_DATA", 0j, valuetype="complex", ndim=2))
    main = tables.default_ms(str(path), tables.maketabdesc(extra))
    rows, hands = len(vis), len(correlations)
    main.addrows(rows)
    metres = -vis.uvw * (SPEED_OF_LIGHT / vis.frequency[:, None])
    data = np.zeros((rows, CHANNELS.size, hands), dtype=complex)
    for k, hertz in enumerate(CHANNELS):
        # the kernel is written out here, independent of the package
        u, v, w = metres.T * hertz / SPEED_OF_LIGHT
        n = np.sqrt(1 - SOURCE.l**2 - SOURCE.m**2)
        data[:, k, :] = (SOURCE.flux * np.exp(2j * np.pi * (u * SOURCE.l + v * SOURCE.m + w * (n - 1))))[:, None]
    values = {
        "UVW": metres,
        "DATA": data,
        "FLAG": np.zeros(data.shape, bool),
        "FLAG_ROW": np.zeros(rows, bool),
        "WEIGHT": np.full((rows, hands), 2.0),
        "SIGMA": np.full((rows, hands), 0.5),
        "ANTENNA1": vis.antenna1,
        "ANTENNA2": vis.antenna2,
        "TIME": vis.time * 86400,
        "FIELD_ID": np.zeros(rows, np.int32),
    }
    if spectrum:
        values["WEIGHT_SPECTRUM"] = np.full(data.shape, 3.0)
    if corrected:
        values["CORRECTED_DATA"] = 2 * data
    for name, column in {**values, **columns}.items():
        main.putcol(name, column)
    main.close()
    describe(path, CHANNELS, correlations, vis.phase_centre, vis.antenna_names)
    return path


def test_a_written_set_comes_back(truth, tmp_path):
    vis = read(write(tmp_path / "x.ms", truth))
    assert len(vis) == 3 * len(truth)
    np.testing.assert_allclose(vis.uvw[::3], truth.uvw, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(vis.data[::3], truth.data, atol=1e-6)
    np.testing.assert_allclose(vis.data, SOURCE.visibilities(vis.u, vis.v, vis.w), atol=1e-6)
    np.testing.assert_array_equal(vis.weight, 6.0)
    np.testing.assert_array_equal(vis.antenna1[::3], truth.antenna1)
    np.testing.assert_allclose(vis.time[::3], truth.time)
    np.testing.assert_array_equal(vis.frequency[:3], CHANNELS)
    assert vis.antenna_names == truth.antenna_names
    assert vis.phase_centre == pytest.approx(truth.phase_centre)


def test_a_column_is_chosen_and_named(truth, tmp_path):
    path = write(tmp_path / "x.ms", truth, corrected=True)
    assert abs(read(path).data[0]) == pytest.approx(4.0, rel=1e-6)
    assert "visibilities from column CORRECTED_DATA" in read(path).account.notes
    assert abs(read(path, column="DATA").data[0]) == pytest.approx(2.0, rel=1e-6)
    with pytest.raises(DataError, match="MODEL_DATA"):
        read(path, column="MODEL_DATA")


def test_weights_fall_back_in_order(truth, tmp_path):
    ones = np.ones((len(truth), 2))
    by_weight = read(write(tmp_path / "weight.ms", truth, spectrum=False))
    np.testing.assert_array_equal(by_weight.weight, 4.0)
    by_sigma = read(write(tmp_path / "sigma.ms", truth, spectrum=False, WEIGHT=ones))
    np.testing.assert_array_equal(by_sigma.weight, 8.0)
    assert any("SIGMA^2" in note for note in by_sigma.account.notes)
    nothing = read(write(tmp_path / "none.ms", truth, spectrum=False, WEIGHT=ones, SIGMA=9999 * ones))
    np.testing.assert_array_equal(nothing.weight, 2.0)
    assert any("placeholder" in note for note in nothing.account.notes)


def test_flags_rows_and_hands(truth, tmp_path):
    flag = np.zeros((len(truth), 3, 2), bool)
    flag[0, 1, :] = True
    flag[1, 2, 0] = True
    flag_row = np.arange(len(truth)) == 5
    vis = read(write(tmp_path / "x.ms", truth, FLAG=flag, FLAG_ROW=flag_row))
    assert dict(vis.account.dropped) == {"flagged": 4}
    assert vis.weight.min() == 3.0
    assert np.count_nonzero(vis.weight == 3.0) == 1


def test_linear_hands_and_stokes_i(truth, tmp_path):
    linear = read(write(tmp_path / "linear.ms", truth, correlations=(9, 10, 11, 12)))
    np.testing.assert_array_equal(linear.weight, 6.0)
    single = read(write(tmp_path / "i.ms", truth, correlations=(1,)))
    np.testing.assert_array_equal(single.weight, 3.0)
    with pytest.raises(FormatError, match="Stokes I does not follow"):
        read(write(tmp_path / "cross.ms", truth, correlations=(10, 11)))


def test_one_field_at_a_time(truth, tmp_path):
    path = write(tmp_path / "x.ms", truth, FIELD_ID=(np.arange(len(truth)) % 4 == 0).astype(np.int32))
    with pytest.raises(DataError, match=r"0 \(near\), 1 \(far\)"):
        read(path)
    near, far = read(path, field="near"), read(path, field=1)
    assert len(near) + len(far) == 3 * len(truth)
    assert any("rows of other fields" in note for note in near.account.notes)
    with pytest.raises(DataError, match="choose one"):
        read(path, field="nowhere")


def test_units_of_the_data_may_be_corrected(truth, tmp_path):
    path = write(tmp_path / "x.ms", truth)
    vis, milli = read(path), read(path, unit="mJy")
    np.testing.assert_allclose(milli.data, vis.data / 1e3)
    np.testing.assert_allclose(milli.weight, vis.weight * 1e6)
    with pytest.raises(DataError, match="flux density"):
        read(path, unit="metre")


def test_missing_casacore_names_the_extra(truth, tmp_path, monkeypatch):
    path = write(tmp_path / "x.ms", truth)
    monkeypatch.setitem(sys.modules, "casacore.tables", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bayesim\[ms\]'"):
        read(path)


@pytest.mark.parametrize("part", ["table.dat", "FIELD", "ANTENNA/table.dat", "SPECTRAL_WINDOW", "table.f0"])
def test_missing_parts_are_format_errors(truth, tmp_path, part):
    path = write(tmp_path / "x.ms", truth)
    lost = path / part
    if lost.is_dir():
        shutil.rmtree(lost)
    else:
        lost.unlink()
    with pytest.raises(FormatError):
        read(path)


def test_garbage_in_the_table_description_is_a_format_error(truth, tmp_path):
    path = write(tmp_path / "x.ms", truth)
    (path / "table.dat").write_bytes(b"\x00\x01garbage" * 30)
    with pytest.raises(FormatError):
        read(path)


def test_reading_leaves_the_folder_as_it_was(truth, tmp_path):
    path = write(tmp_path / "x.ms", truth)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    for file in [*before, path]:
        file.chmod(0o555)
    assert len(read(path)) == 3 * len(truth)
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before


def test_the_lofar_field_and_its_brightest_source(shared_data):
    vis = read(shared_data / "lofar_bootes" / "ssms.ms", unit="mJy")
    assert vis.account.read == 29232
    assert len(vis) == 18820
    assert vis.account.dropped["autocorrelation"] == 2016
    assert np.abs(vis.w).max() == pytest.approx(494, abs=1)
    axis = np.radians(np.arange(-0.06, 0.061, 0.01))
    east, north = (a.ravel() for a in np.meshgrid(np.radians(1.84) + axis, np.radians(1.03) + axis))
    for sign, low, high in ((1, 4.9, 5.0), (-1, -np.inf, 0.5)):
        l, m = sign * east, sign * north
        turns = np.outer(vis.u, l) + np.outer(vis.v, m) + np.outer(vis.w, np.sqrt(1 - l**2 - m**2) - 1)
        image = (vis.weight * vis.data) @ np.exp(2j * np.pi * turns)
        peak = image.real / vis.sum_weight
        assert low < peak.max() < high
        if sign == 1:
            place = np.degrees([l[peak.argmax()], m[peak.argmax()]])
            np.testing.assert_allclose(place, [1.84, 1.03], atol=0.015)
