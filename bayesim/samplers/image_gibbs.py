"""Gibbs sampler of all pixels at once: exact, without a step size, for priors of independent pixels."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.samplers._complement import Complement
from bayesim.samplers._image_draws import collected
from bayesim.samplers._overrelaxed import exponential, laplace
from bayesim.samplers._plan import Length, Plan
from bayesim.samplers._walk import Mode, State
from bayesim.samplers.log_concave import LogConcave

__all__ = ["ImageGibbs", "sample"]

Floats = NDArray[np.float64]

_KNOWN = ((PositiveLaplace, exponential, 0.5), (Laplace, laplace, 0.25))
"""Priors, how their pixels move, and the slowest rate of the posterior in units of ``lambda``: pixels of one beam
exchange flux, which only the prior hinders. Measured at 32 to 128 pixels a side; the optimum is flat."""


@dataclass(frozen=True, eq=False)
class _Separated:
    """The density of the image beside an auxiliary image ``w``, given which its pixels are independent."""

    complement: Complement
    rate: float
    move: Callable[..., Floats]
    slowest: float

    def image(self, u: Floats) -> Floats:
        """Return the sky (Jy/pixel) of a state, whose sign means nothing where the sky has none."""
        return np.abs(u) if self.move is exponential else u


@dataclass(frozen=True)
class ImageGibbs:
    """Draw an auxiliary image ``w ~ N(R x, R)``, ``R = diag(p) - G``, then every pixel of ``x`` given ``w``.

    Given ``w`` the quadratic form of the data is diagonal, ``-1/2 x'diag(p)x + (d + w)'x``: pixels under a prior of
    independent pixels are independent, and are drawn from their own density by its distribution function. One sweep
    costs one FFT pair and normal numbers for the padded grid. Both draws are overrelaxed: they go to the far side of
    their conditional density, so that the chain moves on instead of to and fro, in ``sqrt(c) / lambda`` sweeps
    instead of its square.

    Parameters
    ----------
    overrelaxation : float, optional
        ``a`` in [0, 1): 0 draws afresh, values near 1 suit densities far wider in some directions than in others.
        Where it is not given ``(1 - s) / (1 + s)`` with ``s = lambda / (2 sqrt(c))``, half of that for signed
        pixels; ``c`` is the largest element of the transfer function. That is critical damping of the directions
        that the prior alone constrains.

    Raises
    ------
    ModelError
        It lies outside.

    References
    ----------
    Marnissi, Chouzenoux, Benazza-Benyahia & Pesquet 2018, Entropy 20, 110 (the auxiliary variable); Adler 1981, Phys.
    Rev. D 23, 2901 (overrelaxation).
    """

    overrelaxation: float | None = None

    def __post_init__(self) -> None:
        if self.overrelaxation is not None and not 0 <= self.overrelaxation < 1:
            raise ModelError(f"overrelaxation {self.overrelaxation} must be at least 0 and below 1")

    @property
    def name(self) -> str:
        """In the result."""
        return "Gibbs with an auxiliary image"

    @property
    def notes(self) -> str:
        """The coefficient ``a``, in ``sample_stats``."""
        return "overrelaxation"

    def at(self, problem: LogConcave, rate: float) -> _Separated:
        """Return the density at a rate (1/Jy).

        Raises
        ------
        ModelError
            The prior is not one of independent pixels whose conditional density is known.
        """
        prior = problem.make(rate)
        for known, move, slowest in _KNOWN:
            if isinstance(prior, known):
                return _Separated(problem.complement, rate, move, slowest * rate)
        name = type(prior).__name__
        raise ModelError(f"the Gibbs sampler knows Laplace and PositiveLaplace, not {name}: use skrock or px_mala")

    def label(self, at: _Separated) -> str:
        """Return that nothing is approximated."""
        return f"none: every draw is exact given the others, overrelaxation {self.coefficient(at):.3g}"

    def fresh(self, first: _Separated, u: Floats) -> State:
        """Return the auxiliary image where it is expected, and the coefficient."""
        rng = np.random.default_rng(0)  # takes no part: the noise has factor 0
        mean = first.complement.product_and_noise(first.image(u), rng, pull=1.0, noise=0.0)
        return {"w": mean, "note": np.asarray(self.coefficient(first))}

    def step(self, state: State, at: _Separated, rng: np.random.Generator, *, tuning: bool) -> None:
        """Take one sweep; it is the same while tuning."""
        a = self.coefficient(at)
        fresh = float(np.sqrt(1 - a * a))
        normal, x = at.complement.normal, at.image(state["u"])
        w = at.complement.product_and_noise(x, rng, pull=1 + a, noise=fresh) - a * state["w"]

        def turn(score: Floats) -> Floats:
            return np.asarray(fresh * rng.standard_normal(score.shape) - a * score)

        pull = normal.dirty + w
        state["u"] = at.move(x, pull=pull, precision=at.complement.precision, rate=at.rate, turn=turn)
        state["w"], state["note"] = w, np.asarray(a)

    def coefficient(self, at: _Separated) -> float:
        """Return the overrelaxation ``a`` at a density."""
        if self.overrelaxation is not None:
            return self.overrelaxation
        ratio = min(float(at.slowest / at.complement.level**0.5), 1.0)
        return (1 - ratio) / (1 + ratio)


def sample(
    problem: LogConcave,
    *,
    start: Mode,
    seed: int,
    kernel: ImageGibbs | None = None,
    keep: str | os.PathLike[str] | None = None,
    notes: Mapping[str, str | int | float] | None = None,
    **length: Unpack[Length],
) -> xr.DataTree:
    """Draw images from the posterior of independent pixels (Laplace or exponential), exactly.

    Arguments are those of :func:`bayesim.samplers.skrock.sample`.

    Returns
    -------
    DataTree
        As there.

    Raises
    ------
    ModelError
        A count is below 1, the folder belongs to another run, or the prior is not one of independent pixels.
    GridError
        The start lies on another grid.
    """
    return collected(problem, kernel or ImageGibbs(), Plan(seed=seed, **length), start=start, keep=keep, notes=notes)
