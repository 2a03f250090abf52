"""Acceptance 32: damaged bytes give typed errors or visibilities, nothing else."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesim.data import Visibilities, from_arrays, read, write_npz
from bayesim.errors import BayesimError

U = np.array([1000.0, -2500.0, 400.0, 80.0])
V = np.array([10.0, 500.0, -60.0, 7000.0])
DATA = np.array([1 + 2j, -0.5 + 0.25j, 3 - 1j, 0.1 - 0.2j])


def npz(path):
    write_npz(from_arrays(U, V, DATA, weight=1.0, time=6e4, frequency=1e9, antenna_names=("a", "b")), path)


def foreign_npz(path):
    with path.open("wb") as file:
        np.savez_compressed(file, u=U, v=V, vis=DATA, sigma=np.ones(4), freq=1e9)


def table(path):
    rows = [f"{u},{v},{z.real},{z.imag},1.5" for u, v, z in zip(U, V, DATA, strict=True)]
    path.write_text("\n".join(["u(lambda),v(lambda),re,im,weight", *rows]))


def eht_csv(path):
    head = "#time(UTC),T1,T2,U(lambda),V(lambda),Iamp(Jy),Iphase(d),Isigma(Jy)"
    rows = [
        f"1.{k},AA,LM,{u},{v},{abs(z)},{np.angle(z)},0.1" for k, (u, v, z) in enumerate(zip(U, V, DATA, strict=True))
    ]
    path.write_text("\n".join([head, *rows]))


def uvfits(path):
    cube = np.ones((4, 1, 1, 1, 1, 2, 3))
    cube[..., 0], cube[..., 1] = (
        DATA.real[:, None, None, None, None, None],
        DATA.imag[:, None, None, None, None, None],
    )
    columns = {"UU": U / 1e9, "VV": V / 1e9, "WW": 0 * U, "BASELINE": np.array([258.0, 258.0, 258.0, 258.0])}
    names = [*columns, "DATE", "DATE"]
    data = fits.GroupData(
        cube, bitpix=-32, parnames=names, pardata=[*columns.values(), np.full(4, 2457854.0), np.arange(4) / 8]
    )
    hdu = fits.GroupsHDU(data)
    for k, (name, value, step) in enumerate(
        [("COMPLEX", 1, 1), ("STOKES", -1, -1), ("FREQ", 1e9, 1e6), ("IF", 1, 1), ("RA", 10.0, 1), ("DEC", 20.0, 1)],
        2,
    ):
        for card, entry in (("CTYPE", name), ("CRVAL", value), ("CDELT", step), ("CRPIX", 1.0)):
            hdu.header[f"{card}{k}"] = entry
    stations = [fits.Column("ANNAME", "8A", array=["A", "B"]), fits.Column("NOSTA", "1J", array=[1, 2])]
    setups = [fits.Column("FRQSEL", "1J", array=[1]), fits.Column("IF FREQ", "1D", array=[0.0])]
    tables = [
        fits.BinTableHDU.from_columns(stations, name="AIPS AN"),
        fits.BinTableHDU.from_columns(setups, name="AIPS FQ"),
    ]
    fits.HDUList([hdu, *tables]).writeto(path)


WRITERS = (npz, foreign_npz, table, eht_csv, uvfits)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A folder, not the bytes: hypothesis prints its arguments when it reports a failure."""
    folder = tmp_path_factory.mktemp("fuzz")
    for write in WRITERS:
        write(folder / write.__name__)
    return folder


@st.composite
def damage(draw):
    """A function that flips bytes, then may cut, repeat or replace a stretch."""
    flips = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8))
    cut = draw(st.none() | st.floats(0, 1))
    splice = draw(st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1), st.binary(max_size=20)))

    def apply(content):
        changed = bytearray(content)
        for place, value in flips:
            changed[int(place * (len(changed) - 1))] = value
        if splice is not None:
            start, end = sorted(int(x * len(changed)) for x in splice[:2])
            changed[start : min(end, start + 40)] = splice[2]
        return bytes(changed if cut is None else changed[: int(cut * len(changed))])

    return apply


@st.composite
def scratches(draw):
    """A function that flips one bit in a few bytes: most files stay readable so far that values are checked."""
    bits = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=1, max_size=3))

    def apply(content):
        changed = bytearray(content)
        for place, bit in bits:
            changed[int(place * (len(changed) - 1))] ^= 1 << bit
        return bytes(changed)

    return apply


def survive(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        try:
            vis = read(path)
        except BayesimError:
            return
    assert isinstance(vis, Visibilities)
    assert vis.account.used == len(vis)
    assert np.all(np.isfinite(vis.uvw))
    assert np.all(vis.weight > 0)


@pytest.mark.parametrize("name", [write.__name__ for write in WRITERS])
def test_the_originals_are_read(originals, name):
    assert len(read(originals / name)) == 4


@pytest.mark.parametrize("name", [write.__name__ for write in WRITERS])
@given(apply=damage() | scratches())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_damaged_files_give_typed_errors(originals, name, apply):
    survive(apply((originals / name).read_bytes()))


@pytest.mark.slow
@pytest.mark.parametrize("name", [write.__name__ for write in WRITERS])
@given(apply=damage() | scratches())
@settings(max_examples=5000, deadline=None)
def test_damaged_files_give_typed_errors_many_times(originals, name, apply):
    survive(apply((originals / name).read_bytes()))
