"""Solvers, one file each: they take normal equations and a prior, and return a certified :class:`Solution`."""

from bayesim.solvers._solution import Solution, Step
from bayesim.solvers.apgd import Apgd
from bayesim.solvers.debias import Refit, debias
from bayesim.solvers.polyclean import PolyClean

__all__ = ["Apgd", "PolyClean", "Refit", "Solution", "Step", "debias"]
