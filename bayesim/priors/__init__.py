"""Pixel priors, one file each (``_prior.py`` is their contract), and the priors of their rate and of the noise."""

from bayesim.priors._prior import ConvexPrior, PixelPrior, Prior, fixed_rate
from bayesim.priors.laplace import Laplace
from bayesim.priors.noise import NoiseScale
from bayesim.priors.positive_laplace import PositiveLaplace
from bayesim.priors.rate import GammaRate, HalfCauchyRate

__all__ = [
    "ConvexPrior",
    "GammaRate",
    "HalfCauchyRate",
    "Laplace",
    "NoiseScale",
    "PixelPrior",
    "PositiveLaplace",
    "Prior",
    "fixed_rate",
]
