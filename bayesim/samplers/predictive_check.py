"""Whether a fit leaves noise, and only noise, in bins of baseline length, antenna, time and frequency."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special, stats

from bayesim.errors import ModelError
from bayesim.samplers.predictions import Predictions
from bayesim.samplers.visibility_bins import VisibilityBins, bin_visibilities

__all__ = ["LEVEL", "PredictiveCheck", "Residues", "predictive_check"]

Floats = NDArray[np.float64]

LEVEL = 0.01
"""Chance that a right model has any bin outside."""

_BINS = 12


@dataclass(frozen=True, eq=False)
class PredictiveCheck:
    """Chi-squared of the data in bins, and how surprising it is.

    Parameters
    ----------
    table : Dataset
        On ``bin``: ``family``, ``name``, ``low`` and ``high`` (wavelengths, antenna number, MJD, Hz), ``count``
        (visibilities), ``chi2`` (per real number, mean over the draws), ``fitted`` (effective parameters that the
        bin determined), ``p_predictive`` (posterior predictive p-value), ``p`` (calibrated, two-sided),
        ``p_adjusted`` (for all bins together) and ``outside``.
    level : float
        A bin is outside when its ``p_adjusted`` is below.
    notes : tuple of str
        What was not checked, and why.
    mean : ndarray of complex128, shape (n_vis,)
        Mean prediction of the draws, Jy: what :func:`bayesim.maps.posterior_residual` takes off the data.
    """

    table: xr.Dataset
    level: float
    notes: tuple[str, ...]
    mean: NDArray[np.complex128]

    @property
    def outside(self) -> int:
        """Bins that the model does not explain."""
        return int(self.table["outside"].sum())

    @property
    def passed(self) -> bool:
        """Whether no bin is outside."""
        return self.outside == 0

    @property
    def sentence(self) -> str:
        """One line for a person."""
        tested = int(np.isfinite(self.table["p"]).sum())
        said = f"predictive check: {self.outside} of {tested} bins outside"
        if self.passed:
            return said
        worst = self.table.isel(bin=int(np.nanargmin(self.table["p"].values)))
        return (
            f"{said}, worst {worst['family'].item()} {worst['name'].item()} with chi-squared "
            f"{worst['chi2'].item():.3g} per real number (p = {worst['p_adjusted'].item():.1g} of all bins)"
        )


def predictive_check(predictions: Predictions, *, bins: int = _BINS, level: float = LEVEL) -> PredictiveCheck:
    r"""Compare the data with draws in bins of baseline length, antenna, time and frequency.

    Parameters
    ----------
    predictions : Predictions
        From :func:`~bayesim.samplers.predicted_sources` or :func:`~bayesim.samplers.predicted_image`; some tens of
        draws are enough. Read once; memory is some 160 bytes per visibility (measured), however many draws.
    bins : int
        Largest number of bins of each family but the antennas.
    level : float
        Family-wise: the chance that a right model has any bin outside, in (0, 1).

    Raises
    ------
    ModelError
        ``level`` or ``bins`` is out of range, or there are fewer than two draws.

    Notes
    -----
    The discrepancy of a bin is the chi-squared of the data at a draw. Replicated data have the chi-squared
    distribution whatever the draw, so the posterior predictive p-value (Gelman, Meng & Stern 1996, Statistica Sinica
    6, 733) is the mean of its tail, without replicas. It is too kind, because draws were fitted to the data; ``p`` is
    not: the chi-squared at the posterior's mean is compared with that of as many real numbers as are left when the
    parameters that the bin determined are taken off, ``sum w Var(V)`` over the bin (Spiegelhalter et al. 2002, JRSS B
    64, 583). Where the noise scale is free, a bin is compared with all other visibilities (F distribution).
    Adjusted by Holm's method, which holds although bins of several families share visibilities. Assumes noise that is
    independent and Gaussian, and visibilities nearly linear in what was fitted.
    """
    if not 0 < level < 1 or bins < 2:
        raise ModelError(f"level {level} must lie in (0, 1), and bins {bins} be at least 2")
    residues = Residues(predictions, bins=bins)
    for model, scale in predictions:
        residues.take(model, scale)
    return residues.check(level=level)


class Residues:
    """What :func:`predictive_check` sums up over draws.

    Parameters
    ----------
    predictions : Predictions
        Whose draws are given to :meth:`take`.
    bins : int
        Largest number of bins of each family but the antennas.
    """

    def __init__(self, predictions: Predictions, *, bins: int = _BINS) -> None:
        self.vis, self.free_scale = predictions.vis, predictions.free_scale
        self.bins: VisibilityBins = bin_visibilities(self.vis, bins=bins)
        self.draws = 0
        self.mean = np.zeros(len(self.vis), dtype=np.complex128)
        self.chi2, self.tail = np.zeros((2, len(self.bins)))
        self.energies, self.variance = np.zeros(len(self.vis)), 0.0

    def take(self, model: NDArray[np.complex128], scale: float) -> None:
        """Add one draw."""
        residual = self.vis.data - model
        energy = self.vis.weight * (residual.real**2 + residual.imag**2)
        found = self.bins.sum(energy) / scale**2
        self.draws += 1
        self.mean += residual
        self.energies += energy
        self.variance += scale**2
        self.chi2 += found
        # the tail of chi-squared; scipy.stats takes ten times as long to say so
        self.tail += special.chdtrc(2 * self.bins.count, found)

    def check(self, *, level: float) -> PredictiveCheck:
        """Return the table."""
        if self.draws < 2:
            raise ModelError(f"{self.draws} draws: a spread needs at least two")
        count, draws = self.bins.count, self.draws
        p, fitted = self._calibrated()
        adjusted = _holm(p)
        columns: dict[str, Any] = {
            "family": np.array(self.bins.family, dtype=str),
            "name": np.array(self.bins.name, dtype=str),
            "low": self.bins.low,
            "high": self.bins.high,
            "count": count,
            "chi2": self.chi2 / draws / (2 * count),
            "fitted": fitted,
            "p_predictive": self.tail / draws,
            "p": p,
            "p_adjusted": adjusted,
            "outside": adjusted < level,
        }
        attributes = {"level": level, "draws": draws, "noise_scale": "free" if self.free_scale else "fixed"}
        table = xr.Dataset(
            {key: ("bin", values) for key, values in columns.items()}, {"bin": np.arange(len(count))}, attributes
        )
        untested = int(np.count_nonzero(~np.isfinite(p)))
        lost = (f"{untested} bins hold too few visibilities to be tested",) if untested else ()
        return PredictiveCheck(table, level, self.bins.notes + lost, self.vis.data - self.mean / draws)

    def _calibrated(self) -> tuple[Floats, Floats]:
        """Return two-sided p-values and the effective parameters of every bin."""
        variance = self.variance / self.draws
        mean = self.mean / self.draws
        at_mean = self.vis.weight * (mean.real**2 + mean.imag**2)
        # the mean over draws of |y - V|^2 is |y - mean V|^2 and the variance of V
        spread = (self.energies / self.draws - at_mean) * self.draws / (self.draws - 1)
        # the mean of finitely many draws scatters itself
        energy = at_mean - spread / self.draws
        left = self.bins.sum(energy) / variance
        fitted = self.bins.sum(spread) / variance
        freedom = 2 * self.bins.count - fitted
        rest = 2 * len(self.vis) - float(spread.sum()) / variance - freedom
        testable = (freedom >= 1) & ((rest >= 1) | (not self.free_scale)) & (left > 0)
        nu, other = np.where(testable, freedom, 1.0), np.where(testable, rest, 1.0)
        if self.free_scale:
            ratio = left / nu / ((float(energy.sum()) / variance - left) / other)
            lower, upper = stats.f.cdf(ratio, nu, other), stats.f.sf(ratio, nu, other)
        else:
            lower, upper = stats.chi2.cdf(left, nu), stats.chi2.sf(left, nu)
        return np.where(testable, np.minimum(1.0, 2 * np.minimum(lower, upper)), np.nan), fitted


def _holm(p: Floats) -> Floats:
    """Return p-values adjusted for the number of tests (Holm 1979, Scand. J. Statist. 6, 65); NaN stays."""
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested])]
    adjusted = np.full(p.shape, np.nan)
    steps = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
