"""How far an approximate chain is from an exact one, pixel by pixel, and how well that is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers.diagnostics import diagnose

__all__ = ["SpreadCheck", "compare_spread"]

Floats = NDArray[np.float64]

_WITHIN, _BIAS = 0.05, 0.1
_LEAST = 50.0
"""Effective draws of a pixel in both chains, below which it says nothing."""


@dataclass(frozen=True, eq=False)
class SpreadCheck:
    """Approximate against exact.

    Parameters
    ----------
    ratio : ndarray
        Standard deviation over the exact chain's, of every pixel; NaN where either chain has too few effective draws.
    bias : ndarray
        Difference of the means in exact standard deviations, likewise.
    median_ratio : float
        Of the pixels compared.
    rms_bias : float
        Of the pixels compared, what the Monte Carlo errors of both chains explain subtracted.
    error : float
        Monte Carlo standard error of the ratio of a single pixel (median); that of the median over many beams is
        smaller.
    pixels, compared : int
        All, and those with enough effective draws.
    """

    ratio: Floats
    bias: Floats
    median_ratio: float
    rms_bias: float
    error: float
    pixels: int
    compared: int

    @property
    def passed(self) -> bool:
        """Whether the median ratio lies in [0.95, 1.05] and the bias is below 0.1."""
        return abs(self.median_ratio - 1) <= _WITHIN and self.rms_bias < _BIAS

    @property
    def sentence(self) -> str:
        """The result in words, for the label of a map."""
        return (
            f"median standard deviation {self.median_ratio:.3f} times that of an exact chain (one pixel +- "
            f"{self.error:.2f}), means off by {self.rms_bias:.3f} standard deviations (rms), "
            f"{self.compared} of {self.pixels} pixels compared"
        )


def compare_spread(approximate: xr.DataTree, exact: xr.DataTree, *, name: str = "image") -> SpreadCheck:
    """Compare means and standard deviations of two runs of one model.

    Parameters
    ----------
    approximate, exact : DataTree
        With ``posterior[name]``, dims (chain, draw, ...); some 50 effective draws per pixel are enough, because the
        medians are over many pixels.

    Raises
    ------
    ModelError
        The images differ in shape, or no pixel has 50 effective draws in both.
    """
    ours, theirs = (_moments(tree, name) for tree in (approximate, exact))
    if ours[0].shape != theirs[0].shape:
        raise ModelError(f"{name} has shape {ours[0].shape} in one run and {theirs[0].shape} in the other")
    size = np.minimum(ours[2], theirs[2])
    usable = (size >= _LEAST) & (theirs[1] > 0)
    if not usable.any():
        raise ModelError(
            f"no pixel has {_LEAST:g} effective draws in both runs (at most {size.max():.0f}): run longer"
        )
    safe = np.where(usable, theirs[1], np.nan)
    ratio, bias = ours[1] / safe, (ours[0] - theirs[0]) / safe
    noise = 1.0 / ours[2][usable] + 1.0 / theirs[2][usable]
    excess = float(np.mean(np.square(bias[usable])) - np.mean(noise))
    return SpreadCheck(
        ratio=ratio,
        bias=bias,
        median_ratio=float(np.nanmedian(ratio)),
        rms_bias=max(excess, 0.0) ** 0.5,
        error=float(np.median(np.sqrt(noise / 2))),
        pixels=size.size,
        compared=int(usable.sum()),
    )


def _moments(tree: Any, name: str) -> tuple[Floats, Floats, Floats]:
    draws = np.asarray(tree["posterior"][name].transpose("chain", "draw", ...).values, dtype=np.float64)
    return draws.mean(axis=(0, 1)), draws.std(axis=(0, 1)), diagnose(draws).ess_bulk
