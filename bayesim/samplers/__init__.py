"""Room: draws from a posterior, where they start, and whether they may be believed."""

from bayesim.samplers import gibbs, image_gibbs, nuts, px_mala, pymc_nuts, skrock, source_nuts, truncated_gaussian
from bayesim.samplers._run import run_digest
from bayesim.samplers.adaptation import Diagonal, LowRank
from bayesim.samplers.beside_start import start_beside
from bayesim.samplers.comparison import Prediction, compare
from bayesim.samplers.diagnostics import Diagnostics, diagnose
from bayesim.samplers.draw_store import DrawStore, Kept
from bayesim.samplers.every_source import every_source
from bayesim.samplers.evidence import Evidence, evidence
from bayesim.samplers.fit_checks import FitChecks, check_fit, with_predictions
from bayesim.samplers.gate import Limits, Verdict, judge
from bayesim.samplers.image_gibbs import ImageGibbs
from bayesim.samplers.importance import image_log_likelihood, reweighted
from bayesim.samplers.leave_one_out import LeaveOneOut
from bayesim.samplers.left_out import LeftOut, left_out, some_visibilities
from bayesim.samplers.log_concave import LogConcave
from bayesim.samplers.marginal_mode import MarginalMode
from bayesim.samplers.mode_start import start_at
from bayesim.samplers.multi_start import multi_start
from bayesim.samplers.predictions import Predictions, predicted_image, predicted_sources
from bayesim.samplers.predictive import pointwise
from bayesim.samplers.predictive_check import PredictiveCheck, predictive_check
from bayesim.samplers.prior_flux import FluxRange, prior_total_flux
from bayesim.samplers.px_mala import PxMala
from bayesim.samplers.scan import scan
from bayesim.samplers.self_calibrated_start import self_calibrated_start
from bayesim.samplers.settled import settled
from bayesim.samplers.skrock import SkRock
from bayesim.samplers.source_verdict import source_verdict
from bayesim.samplers.sparse_sources import sparse_sources
from bayesim.samplers.spread_check import SpreadCheck, compare_spread
from bayesim.samplers.start import Start, start
from bayesim.samplers.streamed import streamed
from bayesim.samplers.to_zarr import to_zarr
from bayesim.samplers.variational_start import variational_start
from bayesim.samplers.whitened import Whitened
from bayesim.samplers.write_draws import write_draws
from bayesim.samplers.zarr_store import ZarrStore

__all__ = [
    "Diagnostics",
    "Diagonal",
    "DrawStore",
    "Evidence",
    "FitChecks",
    "FluxRange",
    "ImageGibbs",
    "Kept",
    "LeaveOneOut",
    "LeftOut",
    "Limits",
    "LogConcave",
    "LowRank",
    "MarginalMode",
    "Prediction",
    "Predictions",
    "PredictiveCheck",
    "PxMala",
    "SkRock",
    "SpreadCheck",
    "Start",
    "Verdict",
    "Whitened",
    "ZarrStore",
    "check_fit",
    "compare",
    "compare_spread",
    "diagnose",
    "every_source",
    "evidence",
    "gibbs",
    "image_gibbs",
    "image_log_likelihood",
    "judge",
    "left_out",
    "multi_start",
    "nuts",
    "pointwise",
    "predicted_image",
    "predicted_sources",
    "predictive_check",
    "prior_total_flux",
    "px_mala",
    "pymc_nuts",
    "reweighted",
    "run_digest",
    "scan",
    "self_calibrated_start",
    "settled",
    "skrock",
    "some_visibilities",
    "source_nuts",
    "source_verdict",
    "sparse_sources",
    "start",
    "start_at",
    "start_beside",
    "streamed",
    "to_zarr",
    "truncated_gaussian",
    "variational_start",
    "with_predictions",
    "write_draws",
]
