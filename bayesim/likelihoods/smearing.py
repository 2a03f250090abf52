"""Smearing: a visibility is a mean over its channel and its integration, and so must be the model's."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.likelihoods._baselines import shared_baselines

__all__ = ["Smearing", "smearing"]

Floats = NDArray[np.float64]

_EARTH = 2 * np.pi / (0.997_269_566 * 86400)
"""Radians per second by which the Earth turns (the sidereal day of the IERS)."""


@dataclass(frozen=True, eq=False)
class Smearing:
    """Baselines at which a sky is looked up, and the mean that makes visibilities of them.

    Make one with :func:`smearing`. It stands between any sky and any likelihood of complex visibilities:
    ``smeared.mean(source.visibility(*smeared.baselines))``.

    Parameters
    ----------
    u, v, w : ndarray, shape (samples * n,)
        Wavelengths: the first sample of all visibilities, then the second, ...
    weight : ndarray, shape (samples,)
        Share of each sample, 1 in all.
    label : str
        What is averaged, as a sentence.
    """

    u: Floats
    v: Floats
    w: Floats
    weight: Floats
    label: str

    @cached_property
    def baselines(self) -> tuple[Any, ...]:
        """``u``, ``v``, ``w`` in wavelengths as PyTensor variables, shape (samples * n,) each."""
        return shared_baselines(self, "u", "v", "w")

    def mean(self, model: Any) -> Any:
        """Return the visibilities, shape (2, n) in Jy, from those at :attr:`baselines`, shape (2, samples * n)."""
        n = self.u.size // self.weight.size
        return pt.sum(pt.reshape(model, (2, self.weight.size, n)) * self.weight[:, None], axis=1)


def smearing(
    vis: Visibilities,
    *,
    bandwidth: ArrayLike = 0.0,
    integration: ArrayLike = 0.0,
    samples: int = 4,
) -> Smearing:
    r"""Return the smearing of data over their channels and their integrations.

    For a point at ``(l, m)`` the mean over a flat channel is ``sinc(t bandwidth / frequency)`` times its visibility,
    ``t = u l + v m + w (n - 1)`` turns, ``sinc(x) = sin(pi x)/(pi x)``, and over a short integration
    ``sinc(dt/dh omega integration)`` (Thompson, Moran & Swenson 2017, chapter 6). Here both are Gauss-
    Legendre sums along the exact paths, so that they hold for every sky: of a point that turns by ``x`` across the
    channel, 4 samples are off by 5e-6 of its flux at ``x = 0.5`` and 1e-3 at ``x = 1``.

    Parameters
    ----------
    vis : Visibilities
        Data, each at the middle of its channel and its integration.
    bandwidth : float or array_like, shape (n,)
        Width of a channel in Hz, 0 or more; above 0 the frequencies must be known. The sky's own spectrum over a
        channel is taken as flat.
    integration : float or array_like, shape (n,)
        Seconds, 0 or more; above 0 the phase centre must be known.
    samples : int
        Of each of the two means that is not trivial, at least 2.

    Returns
    -------
    Smearing
        With ``samples`` or ``samples^2`` baselines per visibility.

    Raises
    ------
    ModelError
        A width is negative or both are zero, too few samples, or frequency or phase centre are unknown.
    """
    if samples < 2:
        raise ModelError(f"samples {samples} must be 2 or more: one sample is no smearing")
    width, seconds = _widths(vis, bandwidth, "bandwidth"), _widths(vis, integration, "integration")
    if not (np.any(width) or np.any(seconds)):
        raise ModelError("bandwidth and integration are both zero: there is nothing to average")
    uvw, weight = vis.uvw.T[:, None, :], np.ones(1)
    if np.any(width):
        if not np.all(np.isfinite(vis.frequency)):
            raise ModelError("smearing over channels needs the frequency of every visibility")
        place, share = _nodes(samples)
        uvw, weight = uvw * (1.0 + np.outer(place, width / vis.frequency)), share
    if np.any(seconds):
        if vis.phase_centre is None:
            raise ModelError("smearing in time needs the phase centre: the Earth turns about the pole")
        place, share = _nodes(samples)
        turned = [_turned(uvw, angle, vis.phase_centre[1]) for angle in np.outer(place, _EARTH * seconds)]
        uvw, weight = np.concatenate(turned, axis=1), np.outer(share, weight).ravel()
    u, v, w = uvw.reshape(3, -1)
    return Smearing(u, v, w, weight, _label(width, seconds, weight.size))


def _widths(vis: Visibilities, value: ArrayLike, name: str) -> Floats:
    number = np.asarray(value, dtype=np.float64)
    if number.shape not in ((), (len(vis),)) or not np.all(np.isfinite(number) & (number >= 0)):
        raise ModelError(f"{name} {number} must be 0 or more: one number, or one per visibility")
    return np.broadcast_to(number, (len(vis),))


def _nodes(samples: int) -> tuple[Floats, Floats]:
    """Return Gauss-Legendre places in [-1/2, 1/2] and their shares."""
    place, share = np.polynomial.legendre.leggauss(samples)
    return 0.5 * place, 0.5 * share


def _turned(uvw: Floats, angle: Floats, declination: float) -> Floats:
    """Return baselines, shape (3, samples, n), after the Earth turned by angles, shape (n,), about its pole."""
    u, v, w = uvw
    sine, cosine = np.sin(declination), np.cos(declination)
    # along the pole, which stays, and in the plane of the equator, towards the source's hour circle
    pole, equator = cosine * v + sine * w, cosine * w - sine * v
    east = u * np.cos(angle) + equator * np.sin(angle)
    equator = equator * np.cos(angle) - u * np.sin(angle)
    return np.stack([east, cosine * pole - sine * equator, sine * pole + cosine * equator])


def _label(width: Floats, seconds: Floats, samples: int) -> str:
    parts = [f"channels of up to {width.max() / 1e6:g} MHz"] if np.any(width) else []
    parts += [f"integrations of up to {seconds.max():g} s"] if np.any(seconds) else []
    return f"the model is a mean over {' and '.join(parts)}, {samples} samples"
