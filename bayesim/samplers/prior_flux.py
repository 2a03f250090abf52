"""The total flux that the hyper-priors imply before any data: the posterior should lie where the prior looked."""

from dataclasses import dataclass

import numpy as np

from bayesim.errors import ModelError
from bayesim.priors import GammaRate, HalfCauchyRate

__all__ = ["FluxRange", "prior_total_flux"]

_DRAWS = 200_000
"""Of the prior: its quantiles come out to 1 % of the probability."""


@dataclass(frozen=True)
class FluxRange:
    """Range of the total flux of a sky before the data.

    Parameters
    ----------
    low, median, high : float
        Quantiles 0.025, 0.5 and 0.975 in Jy.
    label : str
        What it is the range of.
    """

    low: float
    median: float
    high: float
    label: str


def prior_total_flux(
    rate: float | GammaRate | HalfCauchyRate, *, number: int, seed: int, given: str = ""
) -> FluxRange:
    """Return the range of the sum of exponential fluxes under the prior of their rate.

    Parameters
    ----------
    rate : float, GammaRate or HalfCauchyRate
        Lambda in 1/Jy, or its hyper-prior.
    number : int
        Pixels or sources, at least 1. The density of sources has Jeffreys' prior, which is improper, so the range can
        only be given for a number of sources.
    seed : int
        Of the draws.
    given : str
        What the number is, for the label.

    Raises
    ------
    ModelError
        ``number`` is below 1.

    Notes
    -----
    The sum of ``n`` exponential fluxes of rate lambda is Gamma(n, lambda). With an inferred lambda its tail is so
    heavy that it has no mean: quantiles are given.
    """
    if number < 1:
        raise ModelError(f"number {number} must be at least 1: an empty sky has no flux")
    rng = np.random.default_rng(seed)
    flux = rng.standard_gamma(number, _DRAWS) / _rates(rate, rng)
    low, median, high = np.quantile(flux, (0.025, 0.5, 0.975))
    label = f"95 % of the prior's total flux, {number} exponential fluxes{given and f' ({given})'}, {_said(rate)}"
    return FluxRange(float(low), float(median), float(high), label)


def _rates(rate: float | GammaRate | HalfCauchyRate, rng: np.random.Generator) -> np.ndarray | float:
    if isinstance(rate, GammaRate):
        return rate.scale * rng.standard_gamma(rate.shape, _DRAWS)
    if isinstance(rate, HalfCauchyRate):
        return rate.scale * np.abs(rng.standard_cauchy(_DRAWS))
    return rate


def _said(rate: float | GammaRate | HalfCauchyRate) -> str:
    if isinstance(rate, GammaRate):
        return f"lambda ~ Gamma({rate.shape:g}, mean {rate.shape * rate.scale:.4g} /Jy)"
    if isinstance(rate, HalfCauchyRate):
        return f"lambda ~ half-Cauchy({rate.scale:.4g} /Jy)"
    return f"lambda = {rate:.4g} /Jy"
