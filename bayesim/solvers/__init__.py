"""Solvers, one file each: they take normal equations and a prior, and return a certified :class:`Solution`."""

from bayesim.solvers._solution import Solution, Step
from bayesim.solvers.apgd import Apgd
from bayesim.solvers.at_noise import noise_of, solve_at_noise
from bayesim.solvers.debias import Refit, debias
from bayesim.solvers.polyclean import PolyClean

__all__ = ["Apgd", "PolyClean", "Refit", "Solution", "Step", "debias", "noise_of", "solve_at_noise"]
