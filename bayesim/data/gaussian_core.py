"""The elliptical Gaussian that the shorter baselines see: a size and an orientation to start from."""

import numpy as np

from bayesim.data._visibilities import Visibilities
from bayesim.data.truth import GaussianSource
from bayesim.errors import DataError

__all__ = ["gaussian_core"]

_UNKNOWNS = 4
"""Logarithm of the flux, and three of the covariance."""

_FWHM = (8.0 * np.log(2.0)) ** 0.5


def gaussian_core(vis: Visibilities, *, level: float = 0.5) -> GaussianSource:
    """Return the Gaussian at the phase centre that fits the amplitudes of the short baselines.

    ``ln |V| = ln F - 2 pi^2 (u^2 S_ll + 2 u v S_lm + v^2 S_mm)`` is linear in the covariance ``S`` of the brightness:
    one weighted least-squares fit. Any source looks Gaussian while its amplitude has hardly fallen, so the axes are
    those of its second moments; noise biases faint amplitudes upwards, so this is a start and no estimate.

    Parameters
    ----------
    vis : Visibilities
        Of a source near the phase centre.
    level : float
        Baselines are short up to the first amplitude below this share of the largest, in (0, 1).

    Raises
    ------
    DataError
        The level is out of range, fewer than four baselines are short, or their amplitudes do not fall along some
        direction: the source is not resolved there.
    """
    if not 0 < level < 1:
        raise DataError(f"level {level} of the largest amplitude must lie between 0 and 1")
    amplitude, length = np.abs(vis.data), np.hypot(vis.u, vis.v)
    fallen = amplitude <= level * amplitude.max(initial=0.0)
    # of rings and disks the amplitude rises again further out
    short = length < length.min(where=fallen, initial=np.inf)
    if np.count_nonzero(short) < _UNKNOWNS:
        raise DataError(
            f"{np.count_nonzero(short)} amplitudes before the first below {level:.3g} of the largest: lower the level"
        )
    amplitude, u, v = amplitude[short], vis.u[short], vis.v[short]
    terms = np.column_stack([np.ones(u.size), -(u**2), -2 * u * v, -(v**2)])
    terms[:, 1:] *= 2.0 * np.pi**2
    # baselines squared are some 1e10 times the constant beside them
    scale, weight = np.abs(terms).max(axis=0), amplitude * vis.weight[short] ** 0.5
    fit = np.linalg.lstsq(terms / scale * weight[:, None], np.log(amplitude) * weight, rcond=None)[0] / scale
    variance, axes = np.linalg.eigh([[fit[1], fit[2]], [fit[2], fit[3]]])
    if not variance[0] > 0:
        raise DataError("amplitudes do not fall with the baseline along every direction: the source is not resolved")
    minor, major = _FWHM * np.sqrt(variance)
    angle = float(np.arctan2(axes[0, 1], axes[1, 1]) % np.pi)
    return GaussianSource(float(np.exp(fit[0])), 0.0, 0.0, float(major), float(minor), angle)
