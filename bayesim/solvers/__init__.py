"""Solvers, one file each: they take normal equations and a prior, and return a certified :class:`Solution`."""

from bayesim.solvers._solution import Solution, Step
from bayesim.solvers.apgd import Apgd
from bayesim.solvers.at_noise import noise_of, solve_at_noise
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.cotton_schwab import CottonSchwab
from bayesim.solvers.debias import Refit, debias
from bayesim.solvers.hogbom import Hogbom
from bayesim.solvers.multiscale_clean import MultiscaleClean
from bayesim.solvers.polyclean import PolyClean
from bayesim.solvers.stopping import Stopping

__all__ = [
    "Apgd",
    "CleanModel",
    "CleanStep",
    "CottonSchwab",
    "Hogbom",
    "MultiscaleClean",
    "PolyClean",
    "Refit",
    "Solution",
    "Step",
    "Stopping",
    "debias",
    "noise_of",
    "solve_at_noise",
]
