"""Imaging weights beside those of WSClean, where it is installed: the same PSFs from the same Measurement Set."""

import shutil
import subprocess

import numpy as np
import pytest
from astropy.io import fits

from bayesim import Grid
from bayesim.data import read
from bayesim.maps import fit_beam
from bayesim.operators import briggs, natural, uniform, weighted_dirty

pytest.importorskip("casacore.tables", reason="python-casacore is not installed (extra 'ms')")

GRID = Grid(384, cell="56.25 arcsec")
CELLS = Grid(464, cell="56.25 arcsec")
"""WSClean takes the cells of the uv plane from its padded image."""

WEIGHTS = {
    "natural": (natural, 0.004),
    "uniform": (lambda vis: uniform(vis, CELLS), 0.02),
    "briggs 0": (lambda vis: briggs(vis, CELLS, robust=0), 0.02),
    "briggs 1": (lambda vis: briggs(vis, CELLS, robust=1), 0.02),
}
"""And the largest difference of two PSFs: WSClean rounds a cell's number down, we round it to the nearest."""


@pytest.fixture(scope="module")
def measurement_set(shared_data, tmp_path_factory):
    original = shared_data / "lofar_bootes" / "ssms.ms"
    if not original.is_dir():
        pytest.skip(f"the LOFAR Measurement Set is not in {shared_data}")
    if shutil.which("wsclean") is None:
        pytest.skip("WSClean is not installed: its PSFs are what we compare with")
    copy = tmp_path_factory.mktemp("weights") / "lofar.ms"
    shutil.copytree(original, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def psf_of_wsclean(measurement_set, weight):
    name = measurement_set.with_name(weight.replace(" ", "_"))
    size = ("-size", "384", "384", "-scale", "56.25asec", "-no-small-inversion", "-use-wgridder")
    command = ["wsclean", "-j", "1", "-weight", *weight.split(), "-niter", "0", "-make-psf-only", *size]
    done = subprocess.run(
        [*command, "-name", str(name), str(measurement_set)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return fits.getdata(f"{name}-psf.fits")[0, 0].astype(float)


@pytest.fixture(scope="module")
def psfs(measurement_set):
    """Ours and WSClean's, within a degree of the centre: its PSF carries w, ours does not."""
    vis = read(measurement_set, column="DATA")
    centre = (slice(128, 256),) * 2
    pairs = {}
    for name, (make, _) in WEIGHTS.items():
        ours = weighted_dirty(vis, GRID, make(vis)).psf[192:576, 192:576]
        pairs[name] = ours[centre], psf_of_wsclean(measurement_set, name)[centre]
    return pairs


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_psf_is_that_of_wsclean(psfs, name):
    ours, other = psfs[name]
    assert np.abs(ours - other).max() < WEIGHTS[name][1]


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_beam_is_that_of_wsclean(psfs, name):
    mine, its = (fit_beam(psf, cell=GRID.cell) for psf in psfs[name])
    assert mine.major == pytest.approx(its.major, rel=0.02)
    assert mine.minor == pytest.approx(its.minor, rel=0.02)


def test_other_weights_are_told_apart(psfs):
    for one, other in (("natural", "briggs 1"), ("briggs 1", "briggs 0"), ("briggs 0", "uniform")):
        assert np.abs(psfs[one][0] - psfs[other][1]).max() > 0.02
