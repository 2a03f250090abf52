"""Room: one function per figure; the first argument is the noun, the result the Axes."""

from bayesim.plots.catalogue_truth import catalogue_truth
from bayesim.plots.certificate import certificate
from bayesim.plots.energy import energy
from bayesim.plots.history import history
from bayesim.plots.image import image
from bayesim.plots.lambda_posterior import lambda_posterior
from bayesim.plots.posterior_panels import posterior_panels
from bayesim.plots.predictive import predictive
from bayesim.plots.radial import radial
from bayesim.plots.rank import rank
from bayesim.plots.trace import trace
from bayesim.plots.uv_coverage import uv_coverage

__all__ = [
    "catalogue_truth",
    "certificate",
    "energy",
    "history",
    "image",
    "lambda_posterior",
    "posterior_panels",
    "predictive",
    "radial",
    "rank",
    "trace",
    "uv_coverage",
]
