"""Visibilities that posterior draws predict, one draw at a time: what every check of a fit reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.operators import Operator, Sparse
from bayesim.samplers._smooth_predictions import SmoothPredictions
from bayesim.samplers.every_source import every_source

__all__ = ["Predictions", "predicted_image", "predicted_sources"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_TOLERANCE = 1e-6
"""Of predicted visibilities, relative to the sum of all fluxes."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Noise-free visibilities of thinned draws, made anew at each reading: memory does not grow with the draws.

    Parameters
    ----------
    vis : Visibilities
        The data.
    draw : ndarray, shape (draws,)
        Numbers of the draws that are read of every chain.
    chain : ndarray, shape (chains,)
        Numbers of the chains.
    scale : ndarray, shape (chains, draws)
        Noise scale: every sigma of the data is multiplied by it.
    free_scale : bool
        Whether the noise scale was inferred from the same data.
    model : callable
        From positions in ``chain`` and ``draw`` to visibilities (Jy), shape (n_vis,).
    """

    vis: Visibilities
    chain: NDArray[Any]
    draw: NDArray[Any]
    scale: Floats
    free_scale: bool
    model: Callable[[int, int], Complexes]

    def __len__(self) -> int:
        return int(self.scale.size)

    def __iter__(self) -> Iterator[tuple[Complexes, float]]:
        """Yield model visibilities and noise scale of every draw, chain by chain."""
        for i, j in np.ndindex(*self.scale.shape):
            yield self.model(i, j), float(self.scale[i, j])

    def thinned(self, draws: int) -> "Predictions":
        """Return the same of ``draws`` draws of every chain at most, evenly thinned.

        Raises
        ------
        ModelError
            ``draws`` is below 1.
        """
        step = _step(self.draw.size, draws)
        return replace(
            self,
            draw=self.draw[::step],
            scale=self.scale[:, ::step],
            model=lambda i, j: self.model(i, j * step),
        )

    def log_likelihood(self, model: Complexes, scale: float) -> Floats:
        """Return the log-density of real and imaginary part of every visibility (1/Jy), shape (2, n_vis)."""
        weight, residual = self.vis.weight / scale**2, self.vis.data - model
        squares = np.square(np.stack([residual.real, residual.imag]))
        return np.asarray(0.5 * (np.log(weight / (2 * np.pi)) - weight * squares))


def predicted_sources(
    tree: xr.DataTree,
    vis: Visibilities,
    *,
    draws: int = 100,
    coplanar: bool = False,
    threads: int = 1,
) -> Predictions:
    """Return what draws of point sources, and of the smooth background behind them, predict.

    Parameters
    ----------
    tree : DataTree
        From :func:`bayesim.samplers.gibbs.sample` or :func:`~bayesim.samplers.sparse_sources`.
    vis : Visibilities
        The data.
    draws : int
        Draws read of every chain at most, evenly thinned, at least 1.
    coplanar : bool
        Whether the w term is left out.
    threads : int
        Threads of one transform.

    Raises
    ------
    ModelError
        The posterior does not hold sources, or ``draws`` is below 1.

    Notes
    -----
    One draw costs some 3 ns per visibility and source that is present, or a type-3 transform where that is cheaper
    (:class:`~bayesim.operators.Sparse`); positions are exact, not the sampler's interpolation.
    """
    thinned = _thinned(tree, ("flux", "l", "m"), draws=draws)
    flux, l, m = every_source(xr.DataTree.from_dict({"posterior": thinned}))
    w = None if coplanar else vis.w

    behind = SmoothPredictions(tree, thinned, vis, w, threads=threads) if "background" in thinned else None

    def model(i: int, j: int) -> Complexes:
        present = flux[i, j] > 0
        places = l[i, j, present], m[i, j, present]
        operator = Sparse(vis.u, vis.v, w, *places, tolerance=_TOLERANCE, threads=threads)
        points = operator.forward(flux[i, j, present])
        return points if behind is None else points + behind(i, j)

    return _predictions(thinned, vis, model, noise_scale="noise_scale")


def predicted_image(
    tree: xr.DataTree,
    vis: Visibilities,
    operator: Operator,
    *,
    draws: int = 100,
    image: str = "image",
    noise_scale: str = "noise_scale",
) -> Predictions:
    """Return what draws of an image predict.

    Parameters
    ----------
    tree : DataTree
        With a ``posterior`` that holds the image and, where it was free, the noise scale.
    vis : Visibilities
        The data.
    operator : Operator
        From one draw of the image, (rows, columns) or (k,), to ``vis``.
    draws : int
        Draws read of every chain at most, evenly thinned, at least 1.
    image, noise_scale : str
        Names of the variables in the posterior.

    Raises
    ------
    ModelError
        No such image, or the operator has another shape.
    """
    thinned = _thinned(tree, (image,), draws=draws)
    sky = thinned[image].transpose("chain", "draw", ...).values
    if sky.shape[2:] != operator.shape or operator.n_vis != len(vis):
        raise ModelError(
            f"the operator maps {operator.shape} to {operator.n_vis} visibilities; draws have shape {sky.shape[2:]} "
            f"and there are {len(vis)} visibilities"
        )

    def model(i: int, j: int) -> Complexes:
        return operator.forward(np.asarray(sky[i, j], dtype=np.float64))

    return _predictions(thinned, vis, model, noise_scale=noise_scale)


def _thinned(tree: xr.DataTree, names: tuple[str, ...], *, draws: int) -> xr.Dataset:
    held = set(tree["posterior"].data_vars) if "posterior" in tree.children else set()
    missing = [name for name in names if name not in held]
    if missing:
        raise ModelError(f"the tree has no posterior draws of {', '.join(map(repr, missing))}")
    posterior = tree["posterior"].to_dataset()
    return posterior.isel(draw=slice(None, None, _step(posterior.sizes["draw"], draws)))


def _step(length: int, draws: int) -> int:
    """Return which part of a chain's draws to take, to have no more than asked for."""
    if draws < 1:
        raise ModelError(f"draws {draws} must be at least 1")
    return max(-(-length // draws), 1)


def _predictions(
    thinned: xr.Dataset, vis: Visibilities, model: Callable[[int, int], Complexes], *, noise_scale: str
) -> Predictions:
    free = noise_scale in thinned
    shape = thinned.sizes["chain"], thinned.sizes["draw"]
    scale = thinned[noise_scale].transpose("chain", "draw").values if free else np.ones(shape)
    return Predictions(vis, thinned["chain"].values, thinned["draw"].values, scale, free, model)
