"""NumPy archives: round trip, foreign keys, damage, and nothing that could run."""

import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bayesim.data import PointSource, Visibilities, array, from_arrays, observe, read, write_npz
from bayesim.data._read import formats
from bayesim.errors import BayesimError, DataError, FormatError


@pytest.fixture(scope="module")
def vis():
    sources = [PointSource(1.0, 1e-4, 2e-4)]
    setup = {"declination": -0.3, "hour_angles": np.linspace(-2, 2, 3), "frequency": 1.4e9, "elevation_limit": 0.5}
    return observe(array("vla.d"), sources=sources, sigma=0.1, seed=3, **setup)


@pytest.fixture(scope="module")
def good(vis, tmp_path_factory):
    path = tmp_path_factory.mktemp("npz") / "vis.bin"
    write_npz(vis, path)
    return path.read_bytes()


def foreign(path, **arrays):
    rng = np.random.default_rng(0)
    base = {"uvw": rng.normal(size=(7, 3)), "vis": rng.normal(size=7) + 1j, "weight": np.float64(2.0)}
    named = {key: value for key, value in {**base, **arrays}.items() if value is not None}
    with path.open("wb") as file:
        np.savez(file, **named)
    return named


def test_round_trip_is_exact_with_the_account(vis, tmp_path):
    path = tmp_path / "vis.npz"
    write_npz(vis, path)
    again = read(path)
    for f in fields(Visibilities):
        one, other = getattr(vis, f.name), getattr(again, f.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other
    assert [p.name for p in tmp_path.iterdir()] == ["vis.npz"]


def test_unknowns_survive_the_round_trip(tmp_path):
    vis = from_arrays([1.0], [2.0], [1j], weight=1.0)
    write_npz(vis, tmp_path / "one.npz")
    again = read(tmp_path / "one.npz")
    assert again.phase_centre is None
    assert again.antenna_names == ()
    assert np.isnan(again.time[0])


def test_foreign_names_are_understood_and_others_reported(tmp_path):
    path = tmp_path / "foreign.dat"
    a = foreign(path, freq=np.float64(1e9), ant1=np.arange(7), ant2=np.arange(7) + 1, extra=np.zeros(2))
    vis = read(path)
    np.testing.assert_array_equal(vis.uvw, a["uvw"])
    np.testing.assert_array_equal(vis.frequency, 1e9)
    np.testing.assert_array_equal(vis.antenna2, np.arange(7) + 1)
    assert "keys not used: extra" in vis.account.notes


def test_separate_coordinates_and_another_data_key(tmp_path):
    path = tmp_path / "x.npz"
    other = np.arange(7) + 2j
    foreign(path, uvw=None, u=np.arange(7.0) + 1, v=np.ones(7), other=other)
    np.testing.assert_array_equal(read(path, vis="other").data, other)
    with pytest.raises(FormatError, match="no visibilities 'absent'"):
        read(path, vis="absent")
    with pytest.raises(DataError, match="no option column"):
        read(path, column="DATA")


def test_weight_one_is_a_placeholder_beside_sigma(tmp_path):
    path = tmp_path / "x.npz"
    foreign(path, weight=np.float32(1.0), sigma=np.float64(0.5))
    vis = read(path)
    np.testing.assert_array_equal(vis.weight, 4.0)
    assert any("placeholder" in note for note in vis.account.notes)
    foreign(path, weight=np.float64(4.0), sigma=np.float64(0.5))
    np.testing.assert_array_equal(read(path).weight, 4.0)
    foreign(path, weight=np.float64(2.0), sigma=np.float64(0.5))
    with pytest.raises(DataError, match="not 1/sigma"):
        read(path)


@pytest.mark.parametrize("missing", ["uvw", "vis", "weight"])
def test_missing_keys_are_named(tmp_path, missing):
    foreign(tmp_path / "x.npz", **{missing: None})
    with pytest.raises(DataError):
        read(tmp_path / "x.npz")


class Trap:
    """Leaves a trace when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


@pytest.mark.parametrize("key", ["vis", "uvw", "weight", "time"])
def test_pickles_are_never_executed(tmp_path, key):
    trace = tmp_path / "trace"
    foreign(tmp_path / "x.npz", **{key: np.array([Trap(trace)] * 7, dtype=object)})
    with pytest.raises(FormatError, match="objects"):
        read(tmp_path / "x.npz")
    assert not trace.exists()


def test_truncation_is_detected_at_any_offset(good, tmp_path):
    path = tmp_path / "short.npz"
    for end in np.random.default_rng(0).integers(4, len(good) - 1, size=200):
        path.write_bytes(good[:end])
        with pytest.raises(FormatError):
            read(path)


def test_every_damaged_byte_of_the_arrays_is_detected(good, vis, tmp_path):
    path = tmp_path / "bad.npz"
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        start = archive.getinfo("data.npy").header_offset
        size = archive.getinfo("data.npy").file_size
    for offset in np.random.default_rng(1).integers(start + 60, start + size, size=100):
        damaged = bytearray(good)
        damaged[offset] ^= 0x10
        path.write_bytes(bytes(damaged))
        with pytest.raises(FormatError, match="damaged"):
            read(path)


def test_bombs_are_refused_before_they_are_inflated(tmp_path):
    path = tmp_path / "bomb.npz"
    with path.open("wb") as file:
        np.savez_compressed(file, uvw=np.zeros((10**6, 3)), vis=np.zeros(10**6, complex), weight=np.ones(()))
    assert path.stat().st_size < 10**5
    with pytest.raises(FormatError, match="max_bytes"):
        read(path, max_bytes=10**6)


def test_a_header_that_promises_too_much_is_refused(tmp_path):
    def npy(shape):
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
        return stream.getvalue() + b"\0" * 16

    for shape in ((10**15,), (-2,), (10**10, 10**10), (1,)):
        with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
            for name in ("u", "v", "vis", "weight"):
                archive.writestr(f"{name}.npy", npy(shape))
        with pytest.raises(FormatError, match="declares"):
            read(tmp_path / "x.npz")


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path, kind):
    with zipfile.ZipFile(tmp_path / "x.npz", "w", kind) as archive:
        for name in ("uvw", "vis", "weight"):
            archive.writestr(f"{name}.npy", b"\0" * 100)
    with pytest.raises(FormatError, match="compression"):
        read(tmp_path / "x.npz")


@pytest.mark.parametrize("account", ["{", "[]", '{"source": 1}', json.dumps({"source": "", "read": "x"})])
def test_a_damaged_account_is_refused(good, tmp_path, account):
    with np.load(io.BytesIO(good), allow_pickle=False) as archive:
        arrays = dict(archive)
    arrays["account"] = np.array(account)
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(FormatError, match="account"):
        read(tmp_path / "x.npz")


def test_writing_leaves_the_old_file_when_it_fails(vis, good, tmp_path, monkeypatch):
    path = tmp_path / "vis.npz"
    path.write_bytes(good)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        write_npz(vis, path)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == ["vis.npz"]


def test_unknown_content_lists_the_formats(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"\x93\x00\x01garbage" * 20)
    with pytest.raises(FormatError, match="npz"):
        read(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "absent.npz")
    assert set(formats()) >= {"measurement_set", "npz", "table", "uvfits"}
    assert not any(name.startswith("_") for name in formats())


def test_simulated_experiment_of_the_paper(shared_data):
    path = shared_data / "simulated" / "exp1_r300.npz"
    vis, flat = read(path), read(path, vis="vis_w0")
    assert len(vis) == len(flat) == 30597
    assert not np.array_equal(vis.data, flat.data)
    np.testing.assert_allclose(vis.weight, 1.1960167409722566**-2)
    assert any("placeholder" in note for note in vis.account.notes)
    with np.load(path, allow_pickle=False) as truth:
        brightest = int(truth["src_flux"].argmax())
        l, m = float(truth["src_l"][brightest]), float(truth["src_m"][brightest])
    turns = vis.u * l + vis.v * m + vis.w * (np.sqrt(1 - l**2 - m**2) - 1)
    peak = (vis.data * np.exp(2j * np.pi * turns)).real.mean()
    assert peak == pytest.approx(1.0, abs=0.25)
    assert (vis.data * np.exp(-2j * np.pi * turns)).real.mean() < 0.5 * peak


def test_errors_are_of_the_package(tmp_path):
    (tmp_path / "x").write_bytes(b"PK\x03\x04")
    with pytest.raises(BayesimError):
        read(tmp_path / "x")
