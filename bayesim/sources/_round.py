"""Round sources: one amplitude per squared baseline, and one flux per ring."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.sources._functions import zeros_like
from bayesim.sources._source import Pair, Source

__all__ = ["GAUSSIAN_FWHM", "GAUSSIAN_REACH", "Round", "radial_nodes", "spread"]

Floats = NDArray[np.float64]

GAUSSIAN_FWHM = float(np.sqrt(8.0 * np.log(2.0)))
"""Full width at half maximum over the standard deviation."""

GAUSSIAN_REACH = 7.0
"""Standard deviations to which a Gaussian is sampled; 2e-11 of it lies beyond."""

_PANEL = 16
"""Gauss-Legendre nodes of one panel: composite rules keep the spacing even and the nodes cheap."""

_FEWEST_ON_RING = 48

_MOST_POINTS = 1e8
"""Of one source, 2.4 GB: a source far larger than the pixels once took all memory."""

_GOLDEN = float(np.pi * (3.0 - np.sqrt(5.0)))
"""Turn from ring to ring, so that their points do not line up."""


class Round(Source):
    """A source whose brightness depends on the distance from its centre only."""

    @abstractmethod
    def amplitude(self, q2: Any) -> Any:
        """Return ``V / flux`` at squared baselines ``u^2 + v^2`` (wavelengths squared), real."""

    @abstractmethod
    def rings(self, spacing: float) -> tuple[Floats, Floats]:
        """Return radii (radians) and what each holds of the flux (any common factor), about this spacing apart."""

    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return ``flux * amplitude(u^2 + v^2)`` and zero."""
        return self.flux * self.amplitude(u**2 + v**2), zeros_like(u)

    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return the points of every ring."""
        radius, fraction = self.rings(spacing)
        return spread(radius, self.number("flux") * fraction / fraction.sum(), spacing)


def radial_nodes(low: float, high: float, spacing: float) -> tuple[Floats, Floats]:
    """Return nodes and weights of a composite Gauss-Legendre rule over ``[low, high]``.

    Neighbours are about ``spacing`` apart, or closer: there is always one whole panel.
    """
    panels = max(1, int(np.ceil((high - low) / (_PANEL * spacing))))
    x, weight = np.polynomial.legendre.leggauss(_PANEL)
    edges = np.linspace(low, high, panels + 1)
    half = 0.5 * np.diff(edges)[:, None]
    nodes = edges[:-1, None] + half * (1.0 + x)
    return nodes.ravel(), (half * weight).ravel()


def spread(radius: Floats, flux: Floats, spacing: float) -> tuple[Floats, Floats, Floats]:
    """Spread the flux of every ring evenly over points along it: ``l``, ``m``, flux of each."""
    if radius.size and (2 * np.pi * radius.sum() / spacing) > _MOST_POINTS:
        raise GridError(
            f"a source of radius {radius.max():.3g} rad needs more than {_MOST_POINTS:.0e} samples {spacing:.3g} rad "
            "apart: leave it out of this image, or use larger pixels"
        )
    counts = np.maximum(_FEWEST_ON_RING, np.ceil(2 * np.pi * radius / spacing)).astype(np.int64)
    ring = np.repeat(np.arange(radius.size), counts)
    place = np.arange(ring.size) - np.repeat(np.cumsum(counts) - counts, counts)
    angle = 2 * np.pi * place / counts[ring] + _GOLDEN * ring
    return radius[ring] * np.sin(angle), radius[ring] * np.cos(angle), (flux / counts)[ring]
