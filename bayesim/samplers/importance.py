"""From draws under an approximate likelihood to draws under the exact one, by weights that must be good enough."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ConvergenceError, ModelError
from bayesim.operators import NormalEquations
from bayesim.samplers.comparison import TRUSTED

__all__ = ["image_log_likelihood", "reweighted"]

Floats = NDArray[np.float64]

LEAST = 0.5
"""Effective share of the draws below which they are not re-weighted: the approximation is then no small one."""

_SAME = 1e-9
"""Spread of log-weights that is none."""


def image_log_likelihood(
    tree: xr.DataTree, equations: NormalEquations, *, image: str = "image", noise_scale: str = "noise_scale"
) -> xr.DataArray:
    """Return the log-likelihood of every draw of an image, dims (chain, draw).

    ``-chi^2 / (2 s^2) - 2 n ln s``, up to a constant of the data, with the noise scale ``s`` of the draw where it has
    one; one exact residual a draw.

    Parameters
    ----------
    tree : DataTree
        ``posterior`` with the image in Jy/pixel, dims (chain, draw, m, l), or (chain, draw, pixel) with flat indices
        as the coordinate ``pixel``.
    equations : NormalEquations
        Of the likelihood that is asked for: :class:`~bayesim.operators.Coplanar`,
        :class:`~bayesim.operators.WideField`.
    image, noise_scale : str
        Names of the variables; the noise scale may be absent.

    Raises
    ------
    ModelError
        No such image, or one of other pixels.
    """
    posterior = tree["posterior"].to_dataset()
    if image not in posterior:
        raise ModelError(f"the posterior has no variable {image!r}: it has {list(posterior.data_vars)}")
    draws = posterior[image].transpose("chain", "draw", ...)
    flat = draws.values.reshape(*draws.shape[:2], -1)
    listed = "pixel" in draws.dims
    indices = np.asarray(draws["pixel"], dtype=np.int64) if listed else np.arange(flat.shape[2])
    if not listed and draws.shape[2:] != equations.grid.shape:
        raise ModelError(f"{image} has shape {draws.shape[2:]}, the equations {equations.grid.shape}: use one grid")
    chi2 = np.array([[equations.residual(indices, sky).energy for sky in chain] for chain in flat])
    scale = posterior[noise_scale].values if noise_scale in posterior else np.ones(chi2.shape)
    values = -0.5 * chi2 / scale**2 - 2 * equations.count * np.log(scale)
    return xr.DataArray(values, dims=("chain", "draw"), coords={name: draws[name] for name in ("chain", "draw")})


def reweighted(tree: xr.DataTree, *, approximate: Any, exact: Any, seed: int) -> xr.DataTree:
    """Return draws of the exact posterior from draws of an approximate one, or refuse.

    Every draw weighs ``exact / approximate``, its largest weights smoothed by a generalised Pareto law; draws are
    taken anew in proportion (systematically), some of them twice. For models without tractable residuals of every
    step: sample with the cheap operator, compute the exact likelihood once a draw.

    Parameters
    ----------
    tree : DataTree
        Converged draws under the approximate likelihood.
    approximate, exact : array_like, shape (chains, draws)
        Log-likelihood of every draw, each up to a constant; for images :func:`image_log_likelihood`.
    seed : int
        Of the resampling.

    Returns
    -------
    DataTree
        ``posterior`` of as many draws, equally weighted; ``importance`` with ``log_weight`` (normalised, smoothed) of
        the draws that were given; attributes ``pareto_k``, ``effective_share`` and ``approximation``. Their effective
        size is at most the share of that of the chains.

    Raises
    ------
    ModelError
        The log-likelihoods are not one finite number a draw.
    ConvergenceError
        Half or more of the draws are lost, ``ESS/N < 0.5``, or the Pareto shape is 0.7 or more: the exact posterior
        lies elsewhere, and has to be sampled itself.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao & Gabry 2024, JMLR 25(72) (Pareto-smoothed importance sampling).
    """
    posterior = tree["posterior"].to_dataset()
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    new, old = (np.asarray(values, dtype=np.float64) for values in (exact, approximate))
    if new.shape != shape or old.shape != shape or not np.isfinite(new - old).all():
        raise ModelError(f"log-likelihoods of shapes {old.shape} and {new.shape} for {shape} draws: one finite each")
    found = _smoothed((new - old).ravel())
    if not found.passed:
        raise ConvergenceError(f"{found.sentence}: draw from the exact posterior itself")
    chosen = _systematic(np.exp(found.log_weight), np.random.default_rng(seed))
    pairs = posterior.stack(every=("chain", "draw"), create_index=False).isel(every=chosen)
    drawn = pairs.drop_vars(["chain", "draw"], errors="ignore")
    where = {name: posterior[name] for name in ("chain", "draw")}
    drawn = xr.Dataset(
        {name: _folded(values, shape) for name, values in drawn.data_vars.items()},
        {**{name: values for name, values in drawn.coords.items() if "every" not in values.dims}, **where},
    )
    weights = xr.Dataset({"log_weight": (("chain", "draw"), found.log_weight.reshape(shape))}, where)
    result = xr.DataTree.from_dict({"posterior": drawn, "importance": weights})
    numbers = {"pareto_k": found.shape, "effective_share": found.share, "seed_of_resampling": seed}
    result.attrs = {**tree.attrs, **numbers, "approximation": f"none: {found.sentence}"}
    return result


@dataclass(frozen=True, eq=False)
class _Weights:
    log_weight: Floats
    shape: float
    share: float

    @property
    def passed(self) -> bool:
        return self.share >= LEAST and self.shape < TRUSTED

    @property
    def sentence(self) -> str:
        return (
            f"approximate draws re-weighted to the exact likelihood, ESS/N = {self.share:.3f} (at least {LEAST:g}), "
            f"Pareto k = {self.shape:.2f} (below {TRUSTED:g})"
        )


def _smoothed(log_ratio: Floats) -> _Weights:
    # ArviZ takes seconds to import
    from arviz_stats import base

    centred = log_ratio - log_ratio.max()
    if np.ptp(centred) < _SAME:
        return _Weights(np.full(centred.size, -np.log(centred.size)), 0.0, 1.0)
    # ArviZ smooths the weights of leaving a datum out, which are the inverse of its likelihood
    psis: Any = base
    smooth, shape = psis.array_stats.psislw(-centred)
    smooth = smooth - np.logaddexp.reduce(smooth)
    return _Weights(smooth, float(shape), float(np.exp(-np.logaddexp.reduce(2 * smooth)) / smooth.size))


def _systematic(weight: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return as many places as there are weights, each as often as its weight asks, within one."""
    levels = (np.arange(weight.size) + rng.random()) / weight.size
    return np.minimum(np.searchsorted(np.cumsum(weight), levels, side="right"), weight.size - 1)


def _folded(values: xr.DataArray, shape: tuple[int, int]) -> Any:
    """Return one row of draws cut into chains again."""
    moved = values.transpose("every", ...)
    return ("chain", "draw", *moved.dims[1:]), moved.values.reshape(*shape, *moved.shape[1:])
