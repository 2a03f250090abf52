"""Choosing lambda: the problem that every rule is given, and the record that every rule returns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.operators._contract import NormalEquations
from bayesim.priors import Prior
from bayesim.solvers._gap import lambda_max
from bayesim.solvers._solution import Solution
from bayesim.solvers.path import path
from bayesim.solvers.polyclean import PolyClean

__all__ = ["LambdaChoice", "LambdaProblem", "LambdaRule"]

Floats = NDArray[np.float64]

_RELATIVE_GAP = 1e-6
"""Scores of neighbouring lambdas differ by less than a solution of 1e-4 is away from its optimum."""


@dataclass(frozen=True, eq=False)
class LambdaProblem:
    """Data, prior and path on which rules for lambda are compared.

    Parameters
    ----------
    vis : Visibilities
        Data.
    measured : callable
        Normal equations of any part of the data: ``lambda part: Coplanar(measure(part, grid))``. Rules that hold data
        out measure the rest again, so what is held out has no part in the fit.
    make : callable
        The prior for a rate in 1/Jy, such as :class:`~bayesim.priors.PositiveLaplace`.
    alphas : sequence of float
        The path, ``lambda / lambda_max``: positive, different, in any order.
    solver : PolyClean
        Used for every fit; its gap is to be small against the differences between neighbouring lambdas.
    """

    vis: Visibilities
    measured: Callable[[Visibilities], NormalEquations]
    make: Callable[[float], Prior]
    alphas: Sequence[float] = tuple(np.geomspace(1.0, 1e-3, 19).tolist())
    solver: PolyClean = field(default_factory=lambda: PolyClean(relative_gap=_RELATIVE_GAP))

    @cached_property
    def equations(self) -> NormalEquations:
        """Normal equations of all data."""
        return self.measured(self.vis)

    @cached_property
    def lambda_max(self) -> float:
        """Rate at which the empty sky is optimal, 1/Jy."""
        return lambda_max(self.equations, self.make(1.0))

    @cached_property
    def solutions(self) -> tuple[Solution, ...]:
        """The path on all data, lambda falling, solved when it is first asked for."""
        return path(self.equations, self.make, alphas=self.alphas, solver=self.solver)

    @property
    def rates(self) -> Floats:
        """Lambdas of the path in 1/Jy, falling, shape (k,)."""
        return np.array([solution.rate for solution in self.solutions])

    def at(self, rate: float) -> Solution:
        """Return the solution at any lambda (1/Jy), from the path or started from its nearest member."""
        nearest = min(self.solutions, key=lambda solution: abs(np.log(solution.rate / rate)))
        if np.isclose(nearest.rate, rate, rtol=1e-12):
            return nearest
        return self.solver.solve(self.equations, self.make(rate), start=nearest)


@dataclass(frozen=True, eq=False)
class LambdaChoice:
    """The lambda that a rule chose, and what it went by.

    Parameters
    ----------
    name : str
        Of the rule.
    rate : float
        ``lambda`` in 1/Jy; NaN where the rule has no answer.
    label : str
        What the choice rests on, approximations named; the reason where there is no answer.
    rates : ndarray, shape (k,)
        Lambdas of the curve in 1/Jy, falling; empty for a rule without one.
    scores : ndarray, shape (k,)
        What the rule measured at each; NaN where it could not.
    errors : ndarray, shape (k,)
        Standard errors of the scores, or of their differences from the best where the rule says so; empty where the
        rule knows none.
    score : str
        What the scores are, for the axis of a figure.
    sparser : float
        Largest lambda (1/Jy) whose score is within one standard error of the best one; NaN where there are no errors.
    """

    name: str
    rate: float
    label: str
    rates: Floats = field(default_factory=lambda: np.empty(0))
    scores: Floats = field(default_factory=lambda: np.empty(0))
    errors: Floats = field(default_factory=lambda: np.empty(0))
    score: str = ""
    sparser: float = float("nan")


@runtime_checkable
class LambdaRule(Protocol):
    """A rule that chooses lambda."""

    @property
    def name(self) -> str:
        """For tables and figures."""

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Choose lambda for the problem.

        Raises
        ------
        ModelError
            The rule has no answer on these data.
        """
