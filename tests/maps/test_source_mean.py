"""The mean image of posterior draws of a source is the mean of their images."""

import numpy as np
import pytest
import xarray as xr

from bayesim.errors import ModelError
from bayesim.maps import source_mean
from bayesim.sky import Grid
from bayesim.sources import Gaussian, MRing

GRID = Grid(16, cell=1e-6)


def tree(**draws):
    data = {name: (("chain", "draw", "mode")[: np.ndim(x)], x) for name, x in draws.items()}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(data)})


def test_it_is_the_mean_over_draws():
    fwhm = np.array([[2e-6, 2.5e-6], [3e-6, 3.5e-6]])
    found = source_mean(lambda fwhm: Gaussian(2.0, fwhm), tree(fwhm=fwhm), GRID, names=("fwhm",), draws=4)
    expected = np.mean([Gaussian(2.0, x).image(GRID) for x in fwhm.ravel()], axis=0)
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert found.unit == "Jy/pixel"
    assert "4 draws" in found.label


def test_vectors_pass_as_vectors():
    cosine = np.full((1, 2, 1), 0.3)
    made = source_mean(
        lambda cosine: MRing(1.0, 8e-6, 1e-6, cosine, 0 * cosine), tree(cosine=cosine), GRID, names=("cosine",)
    )
    # brighter to the North, whose rows are the later ones
    assert made.values[9:].sum() > made.values[:8].sum()


def test_missing_draws_are_refused():
    with pytest.raises(ModelError, match="no posterior"):
        source_mean(Gaussian, xr.DataTree(), GRID, names=("fwhm",))
    with pytest.raises(ModelError, match="must hold"):
        source_mean(Gaussian, tree(fwhm=np.ones((1, 2))), GRID, names=("flux",))
