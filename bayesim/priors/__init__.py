"""Pixel priors, one file each; ``_prior.py`` is their contract."""

from bayesim.priors._prior import Prior, fixed_rate
from bayesim.priors.laplace import Laplace
from bayesim.priors.positive_laplace import PositiveLaplace

__all__ = ["Laplace", "PositiveLaplace", "Prior", "fixed_rate"]
