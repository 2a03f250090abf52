"""Room: draws from a posterior, where they start, and whether they may be believed."""

from bayesim.samplers import gibbs, nuts, px_mala, pymc_nuts, skrock
from bayesim.samplers._run import run_digest
from bayesim.samplers.comparison import Prediction, compare
from bayesim.samplers.diagnostics import Diagnostics, diagnose
from bayesim.samplers.draw_store import DrawStore, Kept
from bayesim.samplers.gate import Limits, Verdict, judge
from bayesim.samplers.log_concave import LogConcave
from bayesim.samplers.marginal_mode import MarginalMode
from bayesim.samplers.mode_start import start_at
from bayesim.samplers.multi_start import multi_start
from bayesim.samplers.predictive import pointwise
from bayesim.samplers.px_mala import PxMala
from bayesim.samplers.running import streamed
from bayesim.samplers.scan import scan
from bayesim.samplers.skrock import SkRock
from bayesim.samplers.source_verdict import source_verdict
from bayesim.samplers.sparse_sources import sparse_sources
from bayesim.samplers.spread_check import SpreadCheck, compare_spread
from bayesim.samplers.start import Start, start

__all__ = [
    "Diagnostics",
    "DrawStore",
    "Kept",
    "Limits",
    "LogConcave",
    "MarginalMode",
    "Prediction",
    "PxMala",
    "SkRock",
    "SpreadCheck",
    "Start",
    "Verdict",
    "compare",
    "compare_spread",
    "diagnose",
    "gibbs",
    "judge",
    "multi_start",
    "nuts",
    "pointwise",
    "px_mala",
    "pymc_nuts",
    "run_digest",
    "scan",
    "skrock",
    "source_verdict",
    "sparse_sources",
    "start",
    "start_at",
    "streamed",
]
