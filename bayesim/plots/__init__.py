"""Room: one function per figure; the first argument is the noun, the result the Axes."""

from bayesim.plots.band import band
from bayesim.plots.catalogue_truth import catalogue_truth
from bayesim.plots.certificate import certificate
from bayesim.plots.certificate_path import certificate_path
from bayesim.plots.certificate_regions import certificate_regions
from bayesim.plots.certified_credible import certified_credible
from bayesim.plots.comparison import comparison
from bayesim.plots.components import components
from bayesim.plots.coverage import coverage
from bayesim.plots.energy import energy
from bayesim.plots.flux_path import flux_path
from bayesim.plots.history import history
from bayesim.plots.image import image
from bayesim.plots.lambda_comparison import lambda_comparison
from bayesim.plots.lambda_posterior import lambda_posterior
from bayesim.plots.position_contours import position_contours
from bayesim.plots.posterior_panels import posterior_panels
from bayesim.plots.power_spectrum import power_spectrum
from bayesim.plots.predictive import predictive
from bayesim.plots.predictive_check import predictive_check
from bayesim.plots.radial import radial
from bayesim.plots.rank import rank
from bayesim.plots.rank_ecdf import rank_ecdf
from bayesim.plots.side_by_side import side_by_side
from bayesim.plots.squared_visibility import squared_visibility
from bayesim.plots.superpixels import superpixels
from bayesim.plots.trace import trace
from bayesim.plots.uv_coverage import uv_coverage
from bayesim.plots.whiteness import whiteness

__all__ = [
    "band",
    "catalogue_truth",
    "certificate",
    "certificate_path",
    "certificate_regions",
    "certified_credible",
    "comparison",
    "components",
    "coverage",
    "energy",
    "flux_path",
    "history",
    "image",
    "lambda_comparison",
    "lambda_posterior",
    "position_contours",
    "posterior_panels",
    "power_spectrum",
    "predictive",
    "predictive_check",
    "radial",
    "rank",
    "rank_ecdf",
    "side_by_side",
    "squared_visibility",
    "superpixels",
    "trace",
    "uv_coverage",
    "whiteness",
]
