"""Solvers, one file each: they take normal equations and a prior, and return a certified :class:`Solution`."""

from bayesim.solvers._gap import lambda_max
from bayesim.solvers._solution import Iterate, Solution, Step
from bayesim.solvers.apgd import Apgd
from bayesim.solvers.at_noise import noise_of, solve_at_noise
from bayesim.solvers.checkpoint import Checkpoint
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.cotton_schwab import CottonSchwab
from bayesim.solvers.debias import Refit, debias
from bayesim.solvers.hogbom import Hogbom
from bayesim.solvers.multiscale_clean import MultiscaleClean
from bayesim.solvers.off_grid import OffGrid
from bayesim.solvers.path import at_discrepancy, path
from bayesim.solvers.point_sources import PointSources
from bayesim.solvers.polyclean import PolyClean
from bayesim.solvers.regularised import Regularised, solve_regularised
from bayesim.solvers.stopping import Stopping
from bayesim.solvers.synthesis import Synthesis, solve_synthesis
from bayesim.solvers.synthesis_refit import SynthesisRefit, refit_synthesis

__all__ = [
    "Apgd",
    "Checkpoint",
    "CleanModel",
    "CleanStep",
    "CottonSchwab",
    "Hogbom",
    "Iterate",
    "MultiscaleClean",
    "OffGrid",
    "PointSources",
    "PolyClean",
    "Refit",
    "Regularised",
    "Solution",
    "Step",
    "Stopping",
    "Synthesis",
    "SynthesisRefit",
    "at_discrepancy",
    "debias",
    "lambda_max",
    "noise_of",
    "path",
    "refit_synthesis",
    "solve_at_noise",
    "solve_regularised",
    "solve_synthesis",
]
