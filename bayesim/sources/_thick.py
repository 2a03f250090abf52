"""A ring ``cos(k phi)`` convolved with a Gaussian, by radius."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesim.sources._round import GAUSSIAN_FWHM, GAUSSIAN_REACH, radial_nodes

__all__ = ["thick_rings"]

Floats = NDArray[np.float64]


def thick_rings(diameter: float, width: float, modes: Sequence[int], spacing: float) -> tuple[Floats, list[Floats]]:
    """Return radii and, for every mode, the flux per ring of unit amplitude.

    ``delta(r - a) cos(k phi)`` convolved with a Gaussian of standard deviation ``s`` is proportional to
    ``exp(-(r - a)^2 / (2 s^2)) [exp(-z) I_k(z)] cos(k phi)``, ``z = r a / s^2``.
    """
    # only the image needs it, and scipy.special takes a while to import
    from scipy.special import ive

    a, s = 0.5 * diameter, width / GAUSSIAN_FWHM
    if s == 0.0:
        return np.full(1, a), [np.ones(1) for _ in modes]
    nodes, weight = radial_nodes(max(0.0, a / s - GAUSSIAN_REACH), a / s + GAUSSIAN_REACH, min(0.1, spacing / s))
    density = weight * nodes * np.exp(-0.5 * (nodes - a / s) ** 2)
    return s * nodes, [density * ive(k, nodes * a / s) for k in modes]
