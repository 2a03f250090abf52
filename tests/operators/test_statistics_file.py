"""Statistics on disk: exact round trip, damage detected, hostile files refused."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from bayesim.errors import FormatError
from bayesim.operators import load_statistics, measure, save_statistics
from bayesim.sky import Grid

GRID = Grid((6, 7), cell="1 arcmin", centre=(0.02, -0.03))


@pytest.fixture
def saved(make_vis, tmp_path):
    response = np.linspace(0.1, 1.0, GRID.size).reshape(GRID.shape)
    statistics = measure(make_vis(40, GRID), GRID, response=response)
    save_statistics(statistics, tmp_path / "s.npz")
    return statistics, tmp_path / "s.npz"


def test_round_trip_is_exact(saved):
    statistics, path = saved
    read = load_statistics(path)
    assert read.grid == statistics.grid
    for name in ("dirty", "psf", "response"):
        np.testing.assert_array_equal(getattr(read, name), getattr(statistics, name), strict=True)
    for name in ("energy", "count", "sum_weight", "w_phase", "tolerance"):
        assert getattr(read, name) == getattr(statistics, name)
    assert [p.name for p in path.parent.iterdir()] == ["s.npz"]


def test_no_response_stays_none(make_vis, tmp_path):
    save_statistics(measure(make_vis(40, GRID), GRID), tmp_path / "s.npz")
    assert load_statistics(tmp_path / "s.npz").response is None


def test_truncation_is_detected_everywhere(saved):
    _, path = saved
    whole = path.read_bytes()
    for length in np.random.default_rng(0).integers(0, len(whole), 200):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            load_statistics(path)


def test_flipped_bytes_are_detected_or_harmless(saved):
    statistics, path = saved
    whole = bytearray(path.read_bytes())
    for offset in np.random.default_rng(1).integers(0, len(whole), 300):
        damaged = whole.copy()
        damaged[offset] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read = load_statistics(path)
        except FormatError:
            continue
        np.testing.assert_array_equal(read.dirty, statistics.dirty)
        np.testing.assert_array_equal(read.psf, statistics.psf)


def rewrite(path, name, data, *, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()} | {name: data}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for key, value in members.items():
            archive.writestr(key, value)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was executed",)


def test_pickle_is_never_executed(saved):
    _, path = saved
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|O", "fortran_order": False, "shape": ()})
    rewrite(path, "energy.npy", buffer.getvalue() + pickle.dumps(Bomb()))
    with pytest.raises(FormatError, match="claims"):
        load_statistics(path)


def test_array_that_claims_more_than_the_file_is_refused(saved):
    _, path = saved
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**7, 10**7)})
    rewrite(path, "psf.npy", buffer.getvalue())
    with pytest.raises(FormatError, match="claims 800000000000000 bytes"):
        load_statistics(path)


def test_compressed_members_are_refused(saved):
    _, path = saved
    rewrite(path, "extra.npy", b"", compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FormatError, match="compressed"):
        load_statistics(path)


def test_failed_write_keeps_the_old_file(saved, monkeypatch):
    statistics, path = saved
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_statistics(statistics, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["s.npz"]
