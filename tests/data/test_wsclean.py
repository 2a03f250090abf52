"""Acceptance 3: the visibilities that WSClean predicts from a model image are ours, signs and w term included."""

import shutil
import subprocess

import numpy as np
import pytest
from astropy.io import fits

from bayesim import Grid
from bayesim.data import read
from bayesim.maps import Map
from bayesim.maps.fits import header
from bayesim.operators import Dft

pytest.importorskip("casacore.tables", reason="python-casacore is not installed (extra 'ms')")

# row, column, Jy/pixel: 2.5 and 1.5 degrees from the phase centre, in no symmetry
MODEL = ((220, 45, 2.0), (58, 157, 0.7))
# 3.1 resamples a coarse image by default, which costs 0.2 % here
ACCURATE = ("-use-wgridder", "-wgridder-accuracy", "1e-6", "-no-small-inversion")


@pytest.fixture(scope="module")
def measurement_set(shared_data, tmp_path_factory):
    original = shared_data / "lofar_bootes" / "ssms.ms"
    if not original.is_dir():
        pytest.skip(f"the LOFAR Measurement Set is not in {shared_data}")
    if shutil.which("wsclean") is None:
        pytest.skip("WSClean is not installed")
    copy = tmp_path_factory.mktemp("wsclean") / "lofar.ms"
    shutil.copytree(original, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def write_model(path, model, frequency):
    """WSClean wants axes for frequency and polarisation."""
    cards = header(model)
    for number, (name, value, step) in enumerate((("FREQ", frequency, 1e6), ("STOKES", 1.0, 1.0)), 3):
        for key, entry in (("CTYPE", name), ("CRVAL", value), ("CDELT", step), ("CRPIX", 1.0)):
            cards[f"{key}{number}"] = entry
    fits.writeto(path, model.values[None, None], cards)


@pytest.fixture(scope="module")
def predicted(measurement_set):
    """Visibilities of WSClean, and the model's directions and fluxes."""
    vis = read(measurement_set, column="DATA")
    grid = Grid(256, cell="0.02deg")
    image = np.zeros(grid.shape)
    for row, column, flux in MODEL:
        image[row, column] = flux
    model = Map(image, grid, "Jy/pixel", "model", "two points", phase_centre=vis.phase_centre)
    prefix = measurement_set.with_name("sky")
    write_model(f"{prefix}-model.fits", model, float(vis.frequency[0]))
    command = ["wsclean", "-predict", "-j", "1", *ACCURATE, "-name", str(prefix), str(measurement_set)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    pixels = np.flatnonzero(image)
    return read(measurement_set, column="MODEL_DATA"), *grid.directions(pixels), image.ravel()[pixels]


def difference(one, other):
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def test_wsclean_and_the_exact_sum_agree(predicted):
    vis, l, m, flux = predicted
    exact = Dft(vis.u, vis.v, vis.w, l, m).forward(flux)
    assert len(vis) == 18820
    assert difference(vis.data, exact) < 1e-4
    assert np.abs(vis.data - exact).max() < 1e-4 * flux.sum()


@pytest.mark.parametrize("change", ["no w term", "w negated", "a factor 1/n", "turned by 180 degrees", "mirrored"])
def test_every_other_convention_is_told_apart(predicted, change):
    vis, l, m, flux = predicted
    w = {"no w term": None, "w negated": -vis.w}.get(change, vis.w)
    if change == "a factor 1/n":
        flux = flux / np.sqrt(1 - l**2 - m**2)
    l = -l if change in ("turned by 180 degrees", "mirrored") else l
    m = -m if change == "turned by 180 degrees" else m
    assert difference(Dft(vis.u, vis.v, w, l, m).forward(flux), vis.data) > 3e-4
