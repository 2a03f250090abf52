"""Skies whose visibilities are known in closed form, for simulations and tests."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import GridError
from bayesim.sky import Grid

__all__ = ["GaussianSource", "ImageSource", "PointSource", "Truth"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

# phases held at once by the exact sum of an image (2**22 complex numbers are 64 MiB)
_BLOCK = 2**22


class Truth(Protocol):
    """Anything with visibilities; ``peak`` (Jy) is the brightness to which a signal-to-noise ratio refers."""

    @property
    def peak(self) -> float:
        """Flux density in Jy of the source (of the brightest pixel of an image)."""

    def visibilities(self, u: Floats, v: Floats, w: Floats) -> Complexes:
        """Return Jy at baselines in wavelengths for ``exp(-2 pi i (ul + vm + w(n-1)))``."""


def _n(l: float, m: float) -> float:
    if not l**2 + m**2 < 1:
        raise GridError(f"direction cosines l = {l:.6g}, m = {m:.6g} lie beyond the horizon (need l^2 + m^2 < 1)")
    return float(np.sqrt(1.0 - l**2 - m**2))


def _phase(turns: Floats) -> Complexes:
    return np.asarray(np.exp(-2j * np.pi * turns))


@dataclass(frozen=True)
class PointSource:
    """A point, anywhere (no grid).

    Parameters
    ----------
    flux : float
        Jy.
    l, m : float
        Direction cosines to the East and to the North.
    """

    flux: float
    l: float
    m: float

    def __post_init__(self) -> None:
        _n(self.l, self.m)

    @property
    def peak(self) -> float:
        """Flux density in Jy."""
        return self.flux

    def visibilities(self, u: Floats, v: Floats, w: Floats) -> Complexes:
        """Return ``flux exp(-2 pi i (ul + vm + w(n-1)))``."""
        return self.flux * _phase(u * self.l + v * self.m + w * (_n(self.l, self.m) - 1.0))


@dataclass(frozen=True)
class GaussianSource:
    """An elliptical Gaussian on the tangent plane.

    Parameters
    ----------
    flux : float
        Total, Jy.
    l, m : float
        Direction cosines of the centre.
    major, minor : float
        Full widths at half maximum in radians, ``0 <= minor <= major``.
    position_angle : float
        Of the major axis, radians from North through East.

    Notes
    -----
    ``n - 1`` is expanded to second order about the centre, which makes the integral a Gaussian of a complex
    quadratic form; what is neglected is of the order of ``|w| * major^3 * |l|`` turns.
    """

    flux: float
    l: float
    m: float
    major: float
    minor: float
    position_angle: float = 0.0

    def __post_init__(self) -> None:
        _n(self.l, self.m)
        if not 0 <= self.minor <= self.major:
            raise GridError(f"widths must satisfy 0 <= minor <= major, are {self.minor:.6g} and {self.major:.6g} rad")

    @property
    def peak(self) -> float:
        """Total flux density in Jy."""
        return self.flux

    @property
    def covariance(self) -> Floats:
        """Covariance (radian^2) of the brightness over (l, m), shape (2, 2)."""
        along = np.array([np.sin(self.position_angle), np.cos(self.position_angle)])
        across = np.array([along[1], -along[0]])
        variances = np.square([self.major, self.minor]) / (8.0 * np.log(2.0))
        return np.asarray(variances[0] * np.outer(along, along) + variances[1] * np.outer(across, across))

    def visibilities(self, u: Floats, v: Floats, w: Floats) -> Complexes:
        """Return the Fourier integral of the Gaussian, w-term to second order about its centre."""
        n = _n(self.l, self.m)
        centre = _phase(u * self.l + v * self.m + w * (n - 1.0))
        a, b = u - w * self.l / n, v - w * self.m / n
        s = self.covariance
        # curvature of n at the centre (minus its second derivatives), times 2 pi i w: the complex part of Sigma^-1
        h = np.array([[1 - self.m**2, self.l * self.m], [self.l * self.m, 1 - self.l**2]]) / n**3
        sh = s @ h
        z = -2j * np.pi * w
        m00, m01, m10, m11 = 1 + z * sh[0, 0], z * sh[0, 1], z * sh[1, 0], 1 + z * sh[1, 1]
        determinant = m00 * m11 - m01 * m10
        # q^T (1 + z S H)^-1 S q
        sa, sb = s[0, 0] * a + s[0, 1] * b, s[1, 0] * a + s[1, 1] * b
        form = (a * (m11 * sa - m01 * sb) + b * (m00 * sb - m10 * sa)) / determinant
        return np.asarray(self.flux * centre * np.exp(-2 * np.pi**2 * form) / np.sqrt(determinant))


@dataclass(frozen=True, eq=False)
class ImageSource:
    """An image in Jy/pixel on a grid, summed exactly over its non-zero pixels.

    Parameters
    ----------
    image : ndarray, shape ``grid.shape``
        Jy/pixel.
    grid : Grid
        Where the pixels are.
    """

    image: Floats
    grid: Grid

    def __post_init__(self) -> None:
        if self.image.shape != self.grid.shape:
            raise GridError(f"image has shape {self.image.shape}, grid {self.grid.shape}")

    @property
    def peak(self) -> float:
        """Brightest pixel in Jy."""
        return float(self.image.max())

    def visibilities(self, u: Floats, v: Floats, w: Floats) -> Complexes:
        """Return the exact sum, in blocks of visibilities."""
        pixels = np.flatnonzero(self.image)
        l, m = self.grid.directions(pixels)
        n_minus_1 = self.grid.n_minus_1.ravel()[pixels]
        flux = self.image.ravel()[pixels]
        result = np.zeros(u.size, dtype=np.complex128)
        step = max(1, _BLOCK // max(1, pixels.size))
        for start in range(0, u.size, step):
            part = slice(start, start + step)
            turns = np.outer(u[part], l) + np.outer(v[part], m) + np.outer(w[part], n_minus_1)
            result[part] = _phase(turns) @ flux
        return result
