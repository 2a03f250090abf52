"""Exact Hamiltonian Monte Carlo for a non-negative image: a Gaussian cut at zero, with walls to bounce off."""

import math
import os
from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import GridError, ModelError
from bayesim.priors import GammaRate, PositiveLaplace
from bayesim.samplers._bounces import travel
from bayesim.samplers._first_point import check_counts
from bayesim.samplers._result import provenance, stamped
from bayesim.samplers._run import run_digest
from bayesim.samplers._walk import Mode
from bayesim.samplers.draw_store import Arrays, DrawStore
from bayesim.samplers.log_concave import LogConcave

__all__ = ["sample"]

Floats = NDArray[np.float64]

RULE = "the mode"

_CONDITION = 1e12
"""Of the Gram matrix, at most: rounding moves a wall by this many parts in 1e16 of the widest direction."""

_TIME = 0.5 * math.pi
"""Of a trajectory: a Gaussian without walls then forgets where it was (Pakman & Paninski 2014, section 2)."""


def sample(
    problem: LogConcave,
    *,
    start: Mode,
    seed: int,
    noise_scale: float = 1.0,
    draws: int = 1000,
    tune: int = 100,
    chains: int = 4,
    keep: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    """Draw images of exponential pixels under a Gaussian likelihood, without a step size and without rejections.

    The reference for other samplers of images on small fields: trajectories in the Gaussian are sines, the times at
    which they meet the zero of a pixel are known, and there they are reflected. A step costs ``bounces x pixels``.

    Parameters
    ----------
    problem : LogConcave
        Its prior is :class:`~bayesim.priors.PositiveLaplace`; lambda a number, or inferred under its Gamma law (drawn
        from its exact conditional after every trajectory).
    start : Solution or anything with ``grid`` and ``image``
        First image (Jy/pixel), negative pixels set to zero.
    seed : int
        Same seed, same draws; chains have their own.
    noise_scale : float
        Known factor on every sigma, positive.
    draws, tune, chains : int
        Kept draws and draws thrown away of every chain, at least 1 each.
    keep : path, optional
        Folder of a :class:`~bayesim.samplers.DrawStore`: the same call after a kill goes on where it was and
        returns the same draws as if it had not been killed; with more draws it goes on from the last.
    notes : mapping of str to plain values, optional
        Added to the root attributes.

    Returns
    -------
    DataTree
        ``posterior`` with ``image`` (Jy/pixel) on ``m`` and ``l``, and ``lambda`` where inferred; ``sample_stats``
        with ``bounces``.

    Raises
    ------
    ModelError
        Another prior, a Gram matrix of condition above 1e12 (pixels that the data cannot tell apart), a noise scale
        that is not positive, a count below 1, or a folder of another run.
    GridError
        The start lies on another grid.

    References
    ----------
    Pakman & Paninski 2014, J. Comput. Graph. Stat. 23, 518.
    """
    check_counts(draws=draws, tune=tune, chains=chains)
    if start.grid != problem.equations.grid:
        raise GridError(f"the start lies on {start.grid}, the statistics on {problem.equations.grid}")
    run = _Run(_Walled(problem, noise_scale), start, seed=seed, tune=tune, chains=chains)
    found = run.draw(draws, keep)
    image, rate, bounces = (np.moveaxis(found[name], 1, 0) for name in ("image", "rate", "bounces"))
    grid, dims = problem.equations.grid, ("chain", "draw", "m", "l")
    where = {"chain": np.arange(chains), "draw": np.arange(draws)}
    posterior = xr.Dataset({"image": (dims, image.reshape(chains, draws, *grid.shape))}, {**where, **grid.coords})
    if isinstance(problem.rate, GammaRate):
        posterior["lambda"] = (dims[:2], rate)
    stats = xr.Dataset({"bounces": (dims[:2], bounces)}, where)
    said = f"PositiveLaplace, lambda {problem.rate}; noise scale {noise_scale:g}"
    counts: dict[str, str | int | float] = {
        "draws": draws,
        "tune": tune,
        "chains": chains,
        "prior": said,
        "approximation": "none",
    }
    attributes = provenance(sampler="exact HMC", seed=seed, rule=RULE, extra={**counts, **(notes or {})})
    return stamped(
        xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats}), grid=grid, attributes=attributes
    )


class _Walled:
    """The Gaussian of an image before it is cut, as a function of lambda."""

    def __init__(self, problem: LogConcave, noise_scale: float) -> None:
        if not isinstance(problem.make(1.0), PositiveLaplace):
            raise ModelError(f"{type(problem.make(1.0)).__name__} is no exponential law of pixels: use px_mala")
        if not (math.isfinite(noise_scale) and noise_scale > 0):
            raise ModelError(f"noise_scale {noise_scale} must be positive and finite")
        every = np.arange(problem.equations.grid.size)
        gram = problem.equations.gram(every, every)
        values, axes = np.linalg.eigh(0.5 * (gram + gram.T))
        if not values[0] * _CONDITION > values[-1]:
            raise ModelError(
                f"the data cannot tell all {every.size} pixels apart (eigenvalues {values[0]:.1e} to {values[-1]:.1e}"
                " /Jy^2): take larger pixels or a smaller field, or px_mala"
            )
        self.problem = problem
        inverse = axes / values @ axes.T
        self.root = noise_scale * axes / np.sqrt(values)
        self.fit = inverse @ problem.equations.dirty.ravel()
        self.covariance = noise_scale**2 * inverse
        self.shrinkage = noise_scale**2 * inverse.sum(axis=1)
        # of what is given, not of the inverse: its last digits are those of a linear algebra library
        self.digest = run_digest(gram, problem.equations.dirty, noise_scale, repr(problem.rate))

    def travel(self, x: Floats, rng: np.random.Generator) -> tuple[float, int]:
        """Move an image to its next draw, in place; return the lambda of the trajectory and its bounces."""
        given = self.problem.rate
        rate = self.problem.draw_rate(x, rng) if isinstance(given, GammaRate) else given
        mean = self.fit - rate * self.shrinkage
        velocity = self.root @ rng.standard_normal(x.size)
        return rate, travel(x, mean, self.covariance, velocity, _TIME)


class _Run:
    """Chains side by side, draw by draw."""

    def __init__(self, walled: _Walled, start: Mode, *, seed: int, tune: int, chains: int) -> None:
        self.walled, self.tune = walled, tune
        self.rngs = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(chains)]
        self.x = np.tile(np.maximum(start.image.ravel(), 0.0), (chains, 1))
        self.digest = run_digest(walled.digest, self.x, seed, tune, chains)

    def draw(self, draws: int, folder: str | os.PathLike[str] | None) -> Arrays:
        """Return kept draws, shape (draws, chains, ...), going on from the folder where there is one."""
        store = None if folder is None else DrawStore(folder, run=self.digest)
        done, held = self._resumed(store), []
        while done < self.tune + draws:
            steps = zip(*(self.walled.travel(x, rng) for x, rng in zip(self.x, self.rngs, strict=True)), strict=True)
            rate, bounces = steps
            new = {"image": self.x[None].copy(), "rate": np.array([rate], np.float64), "bounces": np.array([bounces])}
            done += 1
            if done <= self.tune:
                new = {name: values[:0] for name, values in new.items()}
            if store is None:
                held.append(new)
            else:
                store.append(new, state={"x": self.x, "done": np.asarray(done)}, generators=self.rngs)
        if store is not None:
            store.flush()
            held = [{name: np.concatenate(list(store.draws(name))) for name in self._nothing()}]
        return {name: np.concatenate([new[name] for new in held])[:draws] for name in self._nothing()}

    def _nothing(self) -> Arrays:
        chains, pixels = self.x.shape
        none = np.empty((0, chains))
        return {"image": np.empty((0, chains, pixels)), "rate": none, "bounces": none.astype(np.int64)}

    def _resumed(self, store: DrawStore | None) -> int:
        kept = None if store is None else store.resume({"x": self.x, "done": np.asarray(0)}, self._nothing())
        if kept is None:
            return 0
        self.x, self.rngs = kept.state["x"], list(kept.generators)
        return int(kept.state["done"])
