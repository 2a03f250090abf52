"""Mean and spread of the sky at the resolution of the array."""

import numpy as np
import pytest
import xarray as xr

from bayesim import maps
from bayesim.errors import GridError
from bayesim.sky import Grid

GRID = Grid((20, 24), cell="1 arcsec")
BEAM = maps.Beam(4 * GRID.cell, 2.5 * GRID.cell, 0.5)


def tree(pixels, *, seed=0):
    """Correlated draws on some pixels."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(len(pixels), len(pixels)))
    draws = 5 + rng.normal(size=(2, 50, len(pixels))) @ mixing
    image = xr.DataArray(draws, dims=("chain", "draw", "pixel"), coords={"pixel": pixels}, name="image")
    return xr.DataTree.from_dict({"posterior": image.to_dataset()})


def test_equals_the_convolution_of_every_draw():
    pixels = np.array([0, 47, 150, 151, 175, 479])
    found = maps.restored_posterior(posterior := tree(pixels), GRID, BEAM)
    blurred = []
    for draw in posterior["posterior"]["image"].values.reshape(-1, pixels.size):
        full = np.zeros(GRID.size)
        full[pixels] = draw
        blurred.append(maps.convolved(full.reshape(GRID.shape), BEAM, cell=GRID.cell))
    np.testing.assert_allclose(found.mean.values, np.mean(blurred, axis=0), atol=1e-10)
    np.testing.assert_allclose(found.sd.values, np.std(blurred, axis=0, ddof=1), atol=1e-10)
    assert found.sd.unit == found.mean.unit == "Jy/beam"


def test_region_flux_adds_the_draws_within():
    pixels = np.array([47, 150, 151, 300])
    posterior = tree(pixels)
    l, m = GRID.directions(pixels[1:2])
    mask = maps.disk(GRID, l=float(l[0]), m=float(m[0]), radius=1.1 * GRID.cell)
    draws = posterior["posterior"]["image"].values.reshape(-1, 4)
    np.testing.assert_allclose(maps.region_flux(posterior, GRID, mask), draws[:, 1] + draws[:, 2], rtol=1e-12)


def test_a_region_without_pixels_is_refused():
    with pytest.raises(GridError, match="no pixel"):
        maps.disk(GRID, l=1e-2, m=0.0, radius=GRID.cell)
