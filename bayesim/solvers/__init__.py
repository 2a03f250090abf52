"""Solvers, one file each: they take normal equations and a prior, and return a certified :class:`Solution`."""

from bayesim.solvers._gap import lambda_max
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem, LambdaRule
from bayesim.solvers._optimum import Optimum
from bayesim.solvers._solution import Iterate, Solution, Step
from bayesim.solvers.alpha_rule import AlphaRule
from bayesim.solvers.apgd import Apgd
from bayesim.solvers.at_noise import noise_of, solve_at_noise
from bayesim.solvers.beside_sources import BesideSources, beside_sources
from bayesim.solvers.candidates import Candidates, candidates
from bayesim.solvers.candidates_file import load_candidates, save_candidates
from bayesim.solvers.checkpoint import Checkpoint
from bayesim.solvers.clean_model import CleanModel, CleanStep
from bayesim.solvers.cotton_schwab import CottonSchwab
from bayesim.solvers.cross_validation import CrossValidation
from bayesim.solvers.debias import Refit, debias
from bayesim.solvers.dirty_start import dirty_start
from bayesim.solvers.discrepancy import Discrepancy
from bayesim.solvers.hogbom import Hogbom
from bayesim.solvers.l_curve import LCurve
from bayesim.solvers.mode import Mode, find_mode
from bayesim.solvers.multiscale_clean import MultiscaleClean
from bayesim.solvers.noise_rule import NoiseRule
from bayesim.solvers.off_grid import OffGrid
from bayesim.solvers.path import at_discrepancy, path
from bayesim.solvers.point_sources import PointSources
from bayesim.solvers.polyclean import PolyClean
from bayesim.solvers.posterior_mean import PosteriorMean
from bayesim.solvers.regularised import Regularised, solve_regularised
from bayesim.solvers.stopping import Stopping
from bayesim.solvers.synthesis import Synthesis, solve_synthesis
from bayesim.solvers.synthesis_refit import SynthesisRefit, refit_synthesis

__all__ = [
    "AlphaRule",
    "Apgd",
    "BesideSources",
    "Candidates",
    "Checkpoint",
    "CleanModel",
    "CleanStep",
    "CottonSchwab",
    "CrossValidation",
    "Discrepancy",
    "Hogbom",
    "Iterate",
    "LCurve",
    "LambdaChoice",
    "LambdaProblem",
    "LambdaRule",
    "Mode",
    "MultiscaleClean",
    "NoiseRule",
    "OffGrid",
    "Optimum",
    "PointSources",
    "PolyClean",
    "PosteriorMean",
    "Refit",
    "Regularised",
    "Solution",
    "Step",
    "Stopping",
    "Synthesis",
    "SynthesisRefit",
    "at_discrepancy",
    "beside_sources",
    "candidates",
    "debias",
    "dirty_start",
    "find_mode",
    "lambda_max",
    "load_candidates",
    "noise_of",
    "path",
    "refit_synthesis",
    "save_candidates",
    "solve_at_noise",
    "solve_regularised",
    "solve_synthesis",
]
