"""A small problem that every peer can take whole: some short baselines of the example observation."""

import numpy as np

from bayesim.data import example
from bayesim.sky import Grid


def short_baselines(*, npix, n_vis):
    """Return ``n_vis`` visibilities that a grid of ``npix`` pixels over 125 arcsec samples, and this grid."""
    vis, _ = example(seed=1)
    grid = Grid.spanning("125 arcsec", npix=npix)
    short = np.flatnonzero(np.maximum(np.abs(vis.u), np.abs(vis.v)) * grid.cell < 0.4)
    keep = np.zeros(len(vis), dtype=bool)
    keep[np.random.default_rng(3).choice(short, n_vis, replace=False)] = True
    return vis.select(keep, reason="benchmark"), grid
