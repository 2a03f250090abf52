"""Brightness of a stellar disk by ``mu``, the cosine of the angle between surface normal and line of sight."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._functions import bessel_ratio
from bayesim.sources._round import radial_nodes

__all__ = ["limb_amplitude", "limb_rings"]

Floats = NDArray[np.float64]


def limb_amplitude(coefficients: Sequence[Any], z: Any) -> Any:
    """Return ``V / flux`` of a disk of brightness ``sum_k c_k mu^k``.

    ``mu^k`` has the flux ``2/(k + 2)`` of an even disk, and the visibility ``Lambda_(1 + k/2)(z)`` (Hestroffer 1997).

    Parameters
    ----------
    coefficients : sequence of number or variable
        ``c_0, c_1, ...``.
    z : tensor
        ``(pi diameter q)^2``.
    """
    fluxes = [2.0 / (k + 2) * c for k, c in enumerate(coefficients)]
    seen = [flux * bessel_ratio(1.0 + 0.5 * k, z) for k, flux in enumerate(fluxes)]
    return sum(seen[1:], start=seen[0]) / sum(fluxes[1:], start=fluxes[0])


def limb_rings(brightness: Callable[[Floats], Floats], radius: float, spacing: float) -> tuple[Floats, Floats]:
    """Return radii and fractions of the flux of a disk whose brightness is a function of ``mu``.

    With ``r = radius cos t``, ``t = pi/2 s^3``, even a fractional power of ``mu = sin t`` is smooth at the limb.
    """
    step = 0.02 if radius == 0.0 else min(0.02, spacing / radius)
    s, weight = radial_nodes(0.0, 1.0, step / np.pi)
    t = 0.5 * np.pi * s**3
    flux = weight * s**2 * brightness(np.sin(t)) * np.sin(t) * np.cos(t)
    return radius * np.cos(t), flux / flux.sum()
