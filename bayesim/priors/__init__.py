"""Pixel priors, one file each (``_prior.py`` is their contract), and the priors of their rate and of the noise."""

from bayesim.priors._conditional import Conditional
from bayesim.priors._image_prior import ImagePrior
from bayesim.priors._kernels import Kernel, Matern, SquaredExponential
from bayesim.priors._prior import ConvexPrior, PixelPrior, Prior, fixed_rate
from bayesim.priors.correlated_field import CorrelatedField
from bayesim.priors.edge_clamp import EdgeClamp
from bayesim.priors.flux import LogNormalFlux
from bayesim.priors.gaussian_field import GaussianField
from bayesim.priors.gaussian_markov import GaussianMarkov
from bayesim.priors.horseshoe import RegularisedHorseshoe
from bayesim.priors.laplace import Laplace
from bayesim.priors.max_entropy import MaximumEntropy
from bayesim.priors.noise import NoiseScale
from bayesim.priors.positive_laplace import PositiveLaplace
from bayesim.priors.r2d2 import R2D2
from bayesim.priors.radial_covariance import radial_covariance
from bayesim.priors.rate import GammaRate, HalfCauchyRate
from bayesim.priors.simplex import Simplex
from bayesim.priors.spectral_tv import SpectralTV
from bayesim.priors.spike_slab import SpikeAndSlab
from bayesim.priors.starlet_laplace import StarletLaplace
from bayesim.priors.strengths import rate_from_ehtim, rate_from_mpol, rate_from_polyclean, rate_from_polyclean_factor
from bayesim.priors.synthesis import SynthesisPrior
from bayesim.priors.total_flux import TotalFlux
from bayesim.priors.total_squared_variation import TotalSquaredVariation
from bayesim.priors.total_variation import TotalVariation
from bayesim.priors.uv_sparsity import UVSparsity
from bayesim.priors.weighted_laplace import WeightedLaplace

__all__ = [
    "R2D2",
    "Conditional",
    "ConvexPrior",
    "CorrelatedField",
    "EdgeClamp",
    "GammaRate",
    "GaussianField",
    "GaussianMarkov",
    "HalfCauchyRate",
    "ImagePrior",
    "Kernel",
    "Laplace",
    "LogNormalFlux",
    "Matern",
    "MaximumEntropy",
    "NoiseScale",
    "PixelPrior",
    "PositiveLaplace",
    "Prior",
    "RegularisedHorseshoe",
    "Simplex",
    "SpectralTV",
    "SpikeAndSlab",
    "SquaredExponential",
    "StarletLaplace",
    "SynthesisPrior",
    "TotalFlux",
    "TotalSquaredVariation",
    "TotalVariation",
    "UVSparsity",
    "WeightedLaplace",
    "fixed_rate",
    "radial_covariance",
    "rate_from_ehtim",
    "rate_from_mpol",
    "rate_from_polyclean",
    "rate_from_polyclean_factor",
]
