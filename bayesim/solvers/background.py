"""Smooth emission behind crowded sources: Gaussian blobs as the data see them, ready to be integrated out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.operators.directions import Directions
from bayesim.operators.psf_kernel import PsfKernel
from bayesim.solvers._points import Points

__all__ = ["PRECISE", "Background", "backgrounds", "next_to", "taper"]

Floats = NDArray[np.float64]
Places = tuple[Floats, Floats]

_WIDTHS = (1.0, 2.0, 4.0)
"""Full widths at half maximum in beams: narrower emission is points, wider is a sum of these."""

_SPACING = 0.6
"""Distance of neighbouring blobs in their widths: a sum of equal blobs is flat to 2 %."""

_CROWDED = 2.0
"""Beams between two sources of a fit below which they may stand for one extended source."""

_SKIRT = 2.0
"""Beams that blobs reach beyond the crowd, at least: the fit has no points for the faint skirt of a source."""

_MOST = 1000
"""Blobs of a width: their eigenvectors take a second."""

PRECISE = 1e-9
"""Of inner products: blobs take over whole sources, where points alone only move by a few of their errors."""

_SEEN = 1e-7
"""Smallest eigenvalue that counts, relative to the largest: the data say nothing about the others."""

_LEAST = 1e-100
"""Of the taper: a visibility has to keep a positive weight."""

_SD_OF_FWHM = 1 / np.sqrt(8 * np.log(2.0))


@dataclass(frozen=True, eq=False)
class Background:
    """Blobs of one width with Gaussian fluxes, in the combinations that the data see independently.

    The flux of blob ``j`` is ``sum_r modes[j, r] a_r``; next to node fluxes that differ by ``d`` from the fit's,
    ``chi^2`` changes by ``sum_r curvature_r a_r^2 - 2 a_r (pull - overlap^T d)_r``.

    Parameters
    ----------
    width : float
        Full width at half maximum of a blob in beams.
    l, m : ndarray, shape (n,)
        Centres of the blobs: direction cosines to the East and North.
    shape : ndarray, shape (2, 2)
        Covariance of a blob's brightness in (l, m), in radian^2.
    modes : ndarray, shape (n, r)
        Orthonormal combinations of blobs.
    curvature : ndarray, shape (r,)
        ``chi^2`` per Jy^2 of each, positive.
    overlap : ndarray, shape (6 k, r)
        ``A' W B`` between the nodes of the candidates and the combinations, in 1/Jy^2.
    pull : ndarray, shape (r,)
        ``B' W (y - A(fit))`` in 1/Jy.
    sizes : ndarray, shape (s,)
        Standard deviations of a blob's flux, at noise scale 1, that are tried: Jy, increasing by factors of two.

    Raises
    ------
    ModelError
        Shapes do not fit together, or a curvature or size is not positive.
    """

    width: float
    l: Floats
    m: Floats
    shape: Floats
    modes: Floats
    curvature: Floats
    overlap: Floats
    pull: Floats
    sizes: Floats

    def __post_init__(self) -> None:
        n, r = self.l.size, self.curvature.size
        shapes = self.l.shape == self.m.shape == (n,) and self.shape.shape == (2, 2) and self.modes.shape == (n, r)
        if not (shapes and self.pull.shape == (r,) and self.overlap.ndim == 2 and self.overlap.shape[1] == r):
            raise ModelError(f"a background of {n} blobs in {r} combinations has arrays of other shapes")
        if not (self.width > 0 and np.all(self.curvature > 0) and self.sizes.ndim == 1 and np.all(self.sizes > 0)):
            raise ModelError("width, curvatures and sizes of a background must be positive")

    @property
    def numbers(self) -> tuple[Floats, ...]:
        """What tells one background from another."""
        return self.l, self.m, self.shape, self.modes, self.curvature, self.overlap, self.pull, self.sizes


def taper(u: Floats, v: Floats, shape: Floats) -> Floats:
    """Return the visibility amplitude of a Gaussian of unit flux and covariance ``shape`` (radian^2), in (0, 1]."""
    exponent = shape[0, 0] * u * u + 2 * shape[0, 1] * u * v + shape[1, 1] * v * v
    return np.asarray(np.maximum(np.exp(-2 * np.pi**2 * exponent), _LEAST))


def backgrounds(directions: Directions, fit: Points, nodes: Places) -> tuple[Background, ...]:
    """Return backgrounds of three widths around the sources of a fit that are less than two beams apart.

    None where no source has another so near. In fields with many such sources all widths grow, by factors of two,
    until none has more than 1000 blobs.

    Parameters
    ----------
    directions : Directions
        The data that were fitted.
    fit : Points
        The sources.
    nodes : (l, m) of ndarray, shape (6 k,)
        Nodes of the candidates.
    """
    crowd = _crowded(directions, fit)
    if not len(crowd):
        return ()
    factor = 1.0
    while max(_centres(crowd, factor * width, directions)[0].size for width in _WIDTHS) > _MOST:
        factor *= 2.0
    made = (_background(directions, fit, nodes, crowd, factor * width) for width in _WIDTHS)
    return tuple(each for each in made if each.curvature.size)


def _crowded(directions: Directions, fit: Points) -> Floats:
    """Return the places, in beams, of sources with a neighbour; shape (n, 2)."""
    place = np.column_stack([fit.l, fit.m]) @ directions.metric.T
    near = [np.sum(np.hypot(*(place - each).T) < _CROWDED) > 1 for each in place]
    return np.asarray(place[near].reshape(-1, 2))


def _centres(crowd: Floats, width: float, directions: Directions) -> Places:
    """Return a lattice of blobs around the crowd, inside the field."""
    step, reach = _SPACING * width, max(_SKIRT, 0.75 * width + 0.5)
    axes = [
        np.arange(low - reach, high + reach + step, step)
        for low, high in zip(crowd.min(axis=0), crowd.max(axis=0), strict=True)
    ]
    lattice = np.column_stack([each.ravel() for each in np.meshgrid(*axes)])
    nearest = np.full(len(lattice), np.inf)
    for place in crowd:
        np.minimum(nearest, np.hypot(*(lattice - place).T), out=nearest)
    l, m = (lattice[nearest < reach] @ np.linalg.inv(directions.metric).T).T
    grid = directions.grid
    inside = (l >= grid.l.min()) & (l <= grid.l.max()) & (m >= grid.m.min()) & (m <= grid.m.max())
    return np.ascontiguousarray(l[inside]), np.ascontiguousarray(m[inside])


def _background(directions: Directions, fit: Points, nodes: Places, crowd: Floats, width: float) -> Background:
    blobs = _centres(crowd, width, directions)
    in_radian = np.linalg.inv(directions.metric)
    shape = (width * _SD_OF_FWHM) ** 2 * in_radian @ in_radian.T
    # a response is taken at the centre of the blob, and at every node
    response = directions.sensitivity(*blobs).value
    own = _kernel(_tapered(directions, shape, power=2)).between(blobs) * response[:, None] * response
    curvature, modes = np.linalg.eigh(own)
    seen = curvature > _SEEN * curvature.max(initial=0.0)
    curvature, modes = curvature[seen], np.ascontiguousarray(modes[:, seen])
    pull, overlap = _beside(directions, fit, nodes, blobs, shape)
    return Background(
        width=width,
        l=blobs[0],
        m=blobs[1],
        shape=shape,
        modes=modes,
        curvature=curvature,
        overlap=overlap @ modes,
        pull=modes.T @ pull,
        sizes=_sizes(own, fit),
    )


def next_to(directions: Directions, behind: Background, fit: Points, nodes: Places) -> Background:
    """Return the same background next to other sources and candidates; arguments as of :func:`backgrounds`."""
    pull, overlap = _beside(directions, fit, nodes, (behind.l, behind.m), behind.shape)
    return replace(behind, pull=behind.modes.T @ pull, overlap=overlap @ behind.modes)


def _beside(
    directions: Directions, fit: Points, nodes: Places, blobs: Places, shape: Floats
) -> tuple[Floats, Floats]:
    """Return the pull of every blob next to a fit, and its inner product with every node."""
    once = _tapered(directions, shape, power=1)
    at_blobs, at_nodes = (directions.sensitivity(*where).value for where in (blobs, nodes))
    left = once.residual(fit.flux, fit.l, fit.m).function.value(*blobs) * at_blobs
    return left, _kernel(once).between(nodes, blobs) * at_nodes[:, None] * at_blobs


def _kernel(directions: Directions) -> PsfKernel:
    return PsfKernel(
        *directions.baselines,
        directions.vis.weight,
        directions.grid,
        tolerance=PRECISE,
        threads=directions.threads,
    )


def _tapered(directions: Directions, shape: Floats, *, power: int) -> Directions:
    """Return the same data with the blob's taper in the weights."""
    vis, own = directions.vis, directions
    weighted = replace(vis, weight=vis.weight * taper(own.baselines[0], own.baselines[1], shape) ** power)
    return Directions(weighted, own.grid, response=own.response, coplanar=own.coplanar, threads=own.threads)


def _sizes(own: Floats, fit: Points) -> Floats:
    """Return standard deviations from the noise of a blob alone up to the flux of the fit."""
    smallest = np.diag(own).max(initial=1e-300) ** -0.5
    octaves = max(1, int(np.ceil(np.log2(np.abs(fit.flux).sum() / smallest))))
    return np.asarray(smallest * 2.0 ** np.arange(octaves + 1))
