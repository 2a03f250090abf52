"""Cotton-Schwab CLEAN beside WSClean, where it is installed: the same flux and residual from the same file."""

import shutil
import subprocess

import numpy as np
import pytest
from astropy.io import fits

from bayesim import Grid
from bayesim.data import read
from bayesim.maps import convolved, fit_beam
from bayesim.operators import WideField, measure
from bayesim.solvers import CottonSchwab, Stopping

pytest.importorskip("casacore.tables", reason="python-casacore is not installed (extra 'ms')")

GRID = Grid(256, cell="84.375 arcsec")
CLEAN = ("-mgain", "0.8", "-gain", "0.1", "-threshold", "150", "-niter", "1000000", "-weight", "natural")
GRIDDING = ("-use-wgridder", "-no-small-inversion", "-no-update-model-required")


@pytest.fixture(scope="module")
def measurement_set(shared_data, tmp_path_factory):
    original = shared_data / "lofar_bootes" / "ssms.ms"
    if not original.is_dir():
        pytest.skip(f"the LOFAR Measurement Set is not in {shared_data}")
    if shutil.which("wsclean") is None:
        pytest.skip("WSClean is not installed: its model is what we compare with")
    copy = tmp_path_factory.mktemp("clean") / "lofar.ms"
    shutil.copytree(original, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


@pytest.fixture(scope="module")
def images(measurement_set):
    """Model and residual of WSClean, arrays of (rows, columns)."""
    name = measurement_set.with_name("sky")
    image = ("-size", "256", "256", "-scale", "84.375asec", "-data-column", "DATA")
    command = ["wsclean", "-j", "1", *CLEAN, *GRIDDING, *image, "-name", str(name), str(measurement_set)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [fits.getdata(f"{name}-{part}.fits")[0, 0].astype(float) for part in ("model", "residual")]


def test_flux_and_residual_are_those_of_wsclean(measurement_set, images):
    model, residual = images
    vis = read(measurement_set, column="DATA")
    equations, psf = WideField(vis, GRID), measure(vis, GRID).psf
    ours = CottonSchwab(stopping=Stopping(sigmas=0, flux=150.0)).deconvolve(equations, psf)
    assert ours.converged
    left = ours.residual / ours.sum_weight
    assert ours.image.sum() == pytest.approx(model.sum(), rel=0.02)
    assert left.std() == pytest.approx(residual.std(), rel=0.05)
    assert np.abs(left).max() == pytest.approx(np.abs(residual).max(), rel=0.2)
    # sources between pixels may be split otherwise: seen with one beam the models are the same
    beam = fit_beam(psf, cell=GRID.cell)
    mine, its = (convolved(image, beam, cell=GRID.cell) for image in (ours.image, model))
    assert np.abs(mine - its).max() < 0.01 * its.max()
    assert np.linalg.norm(mine - its) < 0.02 * np.linalg.norm(its)
