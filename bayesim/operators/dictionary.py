"""Synthesis dictionaries: the image as a sum of atoms of several sizes, ``x = sum_s K_s c_s``."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from bayesim.errors import GridError
from bayesim.sky import Grid

__all__ = ["Dictionary", "gaussians", "starlet"]

Floats = NDArray[np.float64]

_SPLINE = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""B3 spline, the scaling filter of the starlet (Starck, Fadili & Murtagh 2007, eq. 9)."""


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Atoms of several scales at every pixel where they lie wholly inside the image.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    profiles : tuple of ndarray
        For every scale the odd, symmetric profile ``k``: the atom is the product ``k(row) k(column)``.
    sizes : tuple of float
        For every scale a length in pixels that names it.
    weights : tuple of float
        For every scale the flux (Jy) of a coefficient of 1; an l1 penalty charges ``1/weight`` for a jansky.
    label : str
        Name of the dictionary.

    Raises
    ------
    GridError
        A profile does not fit the image, or is not odd and symmetric.
    """

    shape: tuple[int, int]
    profiles: tuple[Floats, ...]
    sizes: tuple[float, ...]
    weights: tuple[float, ...]
    label: str

    def __post_init__(self) -> None:
        for profile, size in zip(self.profiles, self.sizes, strict=True):
            if profile.size % 2 == 0 or not np.allclose(profile, profile[::-1], rtol=1e-12):
                raise GridError(f"the profile of scale {size:g} px must be symmetric about its middle sample")
            if profile.size > min(self.shape):
                raise GridError(
                    f"atoms of scale {size:g} px are {profile.size} px wide, the image only {min(self.shape)}: "
                    "leave this scale out"
                )

    @property
    def scales(self) -> int:
        """Number of scales."""
        return len(self.profiles)

    def synthesise(self, coefficients: Floats) -> Floats:
        """Return the image (rows, columns) of coefficients (scales, rows, columns); those of no atom are ignored."""
        image = np.zeros(self.shape)
        for scale, plane in enumerate(coefficients):
            if np.any(plane):
                image += self._convolved(np.where(self.inside(scale), plane, 0.0), scale)
        return image

    def analyse(self, image: Floats) -> Floats:
        """Return the adjoint, the inner product of the image with every atom: (scales, rows, columns)."""
        planes = np.empty((self.scales, *self.shape))
        for scale in range(self.scales):
            planes[scale] = np.where(self.inside(scale), self._convolved(image, scale), 0.0)
        return planes

    def inside(self, scale: int) -> NDArray[np.bool_]:
        """Return where atoms of a scale are centred, shape (rows, columns): nothing of them is cut off."""
        margin = self.profiles[scale].size // 2
        rows, columns = (np.minimum(np.arange(n), np.arange(n)[::-1]) >= margin for n in self.shape)
        return np.asarray(rows[:, None] & columns[None, :])

    def psf_between(self, psf: Floats, one: int, two: int) -> Floats:
        """Return ``K_one * K_two * psf``, the Gram entries between two scales by difference of centres.

        Parameters
        ----------
        psf : ndarray, shape (2 rows, 2 columns)
            Peak at ``(rows, columns)``.
        one, two : int
            Scales.

        Returns
        -------
        ndarray, shape (2 rows, 2 columns)
            As the PSF; exact at every difference between two atoms that lie inside the image.
        """
        both = self.weights[one] * self.weights[two] * psf
        profile = np.convolve(self.profiles[one], self.profiles[two])
        if profile.size == 1:
            return np.asarray(both * profile[0] ** 2)
        for axis in (0, 1):
            both = _along(both, profile, axis)
        return np.asarray(both)

    def _convolved(self, plane: Floats, scale: int) -> Floats:
        profile = self.profiles[scale]
        for axis in (0, 1) if profile.size > 1 else ():
            plane = ndimage.correlate1d(plane, profile, axis=axis, mode="constant")
        return self.weights[scale] * plane


def gaussians(
    grid: Grid, *, sizes: tuple[float, ...] = (0.0, 2.0, 5.0, 8.0), bias: float = 1.2, cut: float = 2.0
) -> Dictionary:
    """Return round Gaussians ``exp(-r^2 / size^2)`` of unit flux, times ``bias^k`` for the k-th scale.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    sizes : tuple of float
        In pixels, not negative; 0 is the single pixel.
    bias : float
        Above 1 larger atoms are cheaper: a jansky in the k-th scale costs ``lambda / bias^k``.
    cut : float
        Atoms are cropped to a square of ``2 cut size + 1`` pixels and then given unit flux.

    Raises
    ------
    GridError
        A size is negative, bias or cut is not positive, or an atom does not fit the image.

    Notes
    -----
    Sizes, bias and cut by default: Jarret et al. 2025 (A&A 693, A225), section 6.4. The bias multiplies the atoms.
    """
    if not sizes or min(sizes) < 0 or not (bias > 0 and cut > 0):
        raise GridError(f"sizes {sizes} must not be negative, bias {bias} and cut {cut} must be positive")
    profiles = tuple(_gaussian(size, cut) for size in sizes)
    weights = tuple(float(bias) ** k for k in range(len(sizes)))
    return Dictionary(grid.shape, profiles, tuple(map(float, sizes)), weights, "multiscale Gaussians")


def starlet(grid: Grid, *, levels: int = 4, bias: float = 1.2) -> Dictionary:
    """Return the atoms of the second-generation starlet: B3 splines of widths ``2^j``, ``j = 0 ... levels - 1``.

    The reconstruction ``c_j = h_j * c_{j+1} + w_{j+1}`` of this isotropic undecimated wavelet frame (Starck, Murtagh
    & Bertero 2011, section 3.2) adds to every coefficient of level j the spline ``h_0 * ... * h_{j-1}``, which is
    positive: positive coefficients make a positive sky.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    levels : int
        Number of scales; the first is the single pixel.
    bias : float
        As in :func:`gaussians`.

    Raises
    ------
    GridError
        No level, a bias that is not positive, or an atom that does not fit the image.
    """
    if levels < 1 or not bias > 0:
        raise GridError(f"levels {levels} must be at least 1, bias {bias} positive")
    profiles = [np.ones(1)]
    for level in range(levels - 1):
        spread = np.zeros(4 * 2**level + 1)
        spread[:: 2**level] = _SPLINE
        profiles.append(np.convolve(profiles[-1], spread))
    sizes = (0.0, *(2.0**level for level in range(1, levels)))
    weights = tuple(float(bias) ** k for k in range(levels))
    return Dictionary(grid.shape, tuple(profiles), sizes, weights, "starlet")


def _gaussian(size: float, cut: float) -> Floats:
    if size == 0:
        return np.ones(1)
    half = int(np.ceil(cut * size))
    profile = np.exp(-((np.arange(-half, half + 1) / size) ** 2))
    return np.asarray(profile / profile.sum())


def _along(image: Floats, profile: Floats, axis: int) -> Floats:
    """Convolve an image with an odd profile along an axis, zero outside, by FFT."""
    n = image.shape[axis]
    length = fft.next_fast_len(n + profile.size - 1, real=True)
    shape = [-1 if a == axis else 1 for a in range(image.ndim)]
    spectrum = fft.rfft(image, length, axis=axis) * fft.rfft(profile, length).reshape(shape)
    first = (profile.size - 1) // 2
    return np.asarray(np.take(fft.irfft(spectrum, length, axis=axis), np.arange(first, first + n), axis=axis))
