"""The parts of a hybrid sky stand apart: each is its own posterior mean, in its own colours."""

from functools import partial

import numpy as np
import pytest
import xarray as xr

from bayesim.conventions import ARCSEC
from bayesim.errors import ModelError
from bayesim.plots import components
from bayesim.sky import Grid
from bayesim.sources import Offset, UniformDisk

GRID = Grid((24, 32), cell=1 * ARCSEC)
KNOT = 18 * 32 + 7
"""Six pixels to the North and nine to the East of the phase centre."""


def disk(*, flux, size):
    """Return a disk to the South-West of the phase centre; ``size`` in arcsec."""
    return Offset(UniformDisk(flux, size * ARCSEC), l=-6 * ARCSEC, m=-4 * ARCSEC)


def posterior(**variables):
    rng = np.random.default_rng(1)
    draws = {
        name: (("chain", "draw"), mean + 0.05 * rng.standard_normal((2, 10))) for name, mean in variables.items()
    }
    image = 0.02 + 0.002 * rng.standard_normal((2, 10, 1))
    data = xr.Dataset(draws | {"image": (("chain", "draw", "pixel"), image)}, coords={"pixel": [KNOT]})
    return xr.DataTree.from_dict({"posterior": data})


def test_each_part_is_its_own_mean_in_its_own_colours():
    tree = posterior(flux=2.0, size=6.0)
    shapes, sparse = components(disk, tree, GRID, names=("flux", "size"))
    assert [ax.get_title(loc="left") for ax in (shapes, sparse)] == ["Sources", "Sparse image"]
    assert shapes.figure is sparse.figure
    for ax in (shapes, sparse):
        left, right, bottom, top = ax.images[0].get_extent()
        assert left > right
        assert bottom < top
    disk_pixels, knot_pixels = (np.asarray(ax.images[0].get_array()) for ax in (shapes, sparse))
    # both are drawn in the prefix of Jy that suits them
    row, column = np.nonzero(disk_pixels > 0.5 * disk_pixels.max())
    assert (row.mean() - 12, column.mean() - 16) == (pytest.approx(-4, abs=0.3), pytest.approx(6, abs=0.3))
    assert np.count_nonzero(knot_pixels) == 1
    assert np.argmax(knot_pixels) == KNOT
    assert shapes.images[0].get_clim() != sparse.images[0].get_clim()
    mean = float(tree["posterior"]["image"].mean())
    assert knot_pixels.max() in (pytest.approx(mean), pytest.approx(1e3 * mean), pytest.approx(1e6 * mean))


def test_a_tree_without_one_of_the_parts_is_refused():
    with pytest.raises(ModelError, match=r"must hold \['size'\]"):
        components(disk, posterior(flux=2.0), GRID, names=("flux", "size"))
    alone = posterior(flux=2.0)
    alone["posterior"] = alone["posterior"].to_dataset().drop_vars("image")
    with pytest.raises(ModelError, match=r"no posterior\['image'\]"):
        components(partial(disk, size=6.0), alone, GRID, names=("flux",))
