"""From visibilities and a number of draws to what the draws of a run predict of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesim.cli._console import threads
from bayesim.cli._field import Field
from bayesim.cli._posterior import Posterior
from bayesim.data import Visibilities
from bayesim.operators import Nufft, Operator, Sparse

if TYPE_CHECKING:
    from bayesim.samplers import Predictions

__all__ = ["Predicted"]

_TOLERANCE = 1e-6
"""Relative to the sum of all fluxes."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Draws of sources or of pixels, as visibilities."""

    field: Field
    posterior: Posterior

    def __call__(self, vis: Visibilities, draws: int) -> "Predictions":
        """Return what ``draws`` of each chain, at most, predict of ``vis``."""
        # PyMC takes seconds to import, and a mode needs none of it
        from bayesim.samplers import predicted_image, predicted_sources

        tree, coplanar = self.posterior.tree, self.field.coplanar
        if self.posterior.of_sources:
            return predicted_sources(tree, vis, draws=draws, coplanar=coplanar, threads=threads())
        return predicted_image(tree, vis, self._of_pixels(vis), draws=draws)

    def _of_pixels(self, vis: Visibilities) -> Operator:
        image, grid = self.posterior.tree["posterior"]["image"], self.field.grid
        if "pixel" not in image.dims:
            return Nufft(vis.u, vis.v, grid, threads=threads())
        l, m = grid.directions(np.asarray(image["pixel"].values, dtype=np.int64))
        w = None if self.field.coplanar else vis.w
        return Sparse(vis.u, vis.v, w, l, m, tolerance=_TOLERANCE, threads=threads())
