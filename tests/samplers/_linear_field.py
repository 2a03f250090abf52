"""A linear image with an exact Gaussian posterior, so that checks of a fit can be tried on many data sets."""

from dataclasses import replace

import numpy as np
import xarray as xr

from bayesim.data import from_arrays
from bayesim.operators import Nufft
from bayesim.sky import Grid

GRID = Grid((4, 5), cell=5e-3)
ANTENNAS, SCANS = 8, 12


class LinearField:
    """Eight antennas, a dozen scans, twenty pixels with a flat prior."""

    def __init__(self, rng):
        first, second = (np.tile(ends, SCANS) for ends in np.triu_indices(ANTENNAS, 1))
        u, v = rng.uniform(-100, 100, (2, first.size))
        vis = from_arrays(u, v, np.zeros(first.size, dtype=complex), sigma=rng.uniform(0.5, 2, first.size))
        time = np.repeat(5e4 + np.arange(SCANS) / 100, first.size // SCANS)
        self.vis = replace(vis, antenna1=first.astype(np.int32), antenna2=second.astype(np.int32), time=time)
        self.operator = Nufft(u, v, GRID)
        self.matrix = np.stack([self.operator.forward(e.reshape(GRID.shape)) for e in np.eye(GRID.size)], axis=1)

    def observed(self, rng, *, scale=1.0):
        """Return data of an exponential sky, with noise of ``scale`` sigmas (one number or one per visibility)."""
        e = rng.standard_normal((2, len(self.vis)))
        noise = scale * self.vis.weight**-0.5 * (e[0] + 1j * e[1])
        return replace(self.vis, data=self.matrix @ rng.exponential(1.0, GRID.size) + noise)

    def posterior(self, vis, rng, *, free_scale, draws=25):
        """Return independent draws: Gaussian given the noise scale, whose inverse square is Gamma."""
        root = np.sqrt(np.concatenate([vis.weight, vis.weight]))
        design = np.vstack([self.matrix.real, self.matrix.imag]) * root[:, None]
        data = np.concatenate([vis.data.real, vis.data.imag]) * root
        covariance = np.linalg.inv(design.T @ design)
        fit = covariance @ design.T @ data
        freedom = data.size - fit.size
        left = np.square(data - design @ fit).sum()
        variance = left / rng.chisquare(freedom, (2, draws)) if free_scale else np.ones((2, draws))
        shift = rng.standard_normal((2, draws, fit.size)) @ np.linalg.cholesky(covariance).T
        image = (fit + np.sqrt(variance)[..., None] * shift).reshape(2, draws, *GRID.shape)
        coords = {"chain": [0, 1], "draw": np.arange(draws), **GRID.coords}
        found = xr.Dataset({"image": (("chain", "draw", "m", "l"), image)}, coords)
        if free_scale:
            found["noise_scale"] = (("chain", "draw"), np.sqrt(variance))
        return xr.DataTree.from_dict({"posterior": found})
