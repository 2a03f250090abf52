"""What the smooth background of draws predicts of visibilities."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.operators import Sparse
from bayesim.solvers.background import taper

__all__ = ["SmoothPredictions"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_TOLERANCE = 1e-6
"""Of predicted visibilities, relative to the sum of all fluxes."""


class SmoothPredictions:
    """Visibilities of the smooth background of draws: blobs of one shape are points behind one taper."""

    def __init__(
        self, tree: xr.DataTree, thinned: xr.Dataset, vis: Visibilities, w: Floats | None, *, threads: int
    ) -> None:
        self._flux = thinned["background"].transpose("chain", "draw", "blob").values
        places = tree["constant_data"].to_dataset()
        l, m, shapes = (places[f"blob_{name}"].values for name in ("l", "m", "shape"))
        kinds, kind = np.unique(shapes.reshape(-1, 4), axis=0, return_inverse=True)
        self._parts = []
        for i, shape in enumerate(kinds.reshape(-1, 2, 2)):
            own = np.flatnonzero(kind.ravel() == i)
            operator = Sparse(vis.u, vis.v, w, l[own], m[own], tolerance=_TOLERANCE, threads=threads)
            self._parts.append((own, taper(vis.u, vis.v, shape), operator))

    def __call__(self, i: int, j: int) -> Complexes:
        """Return the visibilities of one draw in Jy."""
        out = np.zeros(self._parts[0][1].size, dtype=np.complex128)
        for own, amplitude, operator in self._parts:
            flux = self._flux[i, j, own]
            if flux.any():
                out += amplitude * operator.forward(flux)
        return out
