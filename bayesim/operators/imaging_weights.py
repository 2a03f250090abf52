"""Imaging weights: how much each visibility counts in a *picture*; in a likelihood it is another matter."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import radians
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError
from bayesim.sky import Grid

__all__ = ["ImagingWeights", "briggs", "natural", "uniform"]

Floats = NDArray[np.float64]

_REFUSAL = (
    "imaging weights are not noise weights: they shape the PSF of a picture, and a likelihood or a solver that used "
    "them would have wrong error bars; they go to weighted_dirty alone (read .values if you mean to do arithmetic)"
)


@dataclass(frozen=True, eq=False)
class ImagingWeights:
    """Relative weights of visibilities in a dirty image.

    NumPy refuses to convert them (DataError), so they cannot become the ``weight`` of
    :class:`~bayesim.data.Visibilities` by mistake. Make them with :func:`natural`, :func:`uniform` or :func:`briggs`.

    Parameters
    ----------
    values : ndarray, shape (n_vis,)
        Not negative; only their ratios matter.
    label : str
        How they were made.

    Raises
    ------
    DataError
        A value is negative or not finite, or none is positive.
    """

    values: Floats
    label: str

    # arithmetic with arrays is refused as well
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        if not np.all(np.isfinite(self.values) & (self.values >= 0)) or not np.any(self.values > 0):
            raise DataError(f"{self.label} weights must be finite and not negative, and some positive")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise DataError(_REFUSAL)

    @property
    def shape(self) -> NoReturn:
        """Refuse (DataError): the constructor of Visibilities asks for it first."""
        raise DataError(_REFUSAL)

    def __len__(self) -> int:
        return int(self.values.size)

    def tapered(self, vis: Visibilities, *, fwhm: object) -> "ImagingWeights":
        """Return the weights with a Gaussian taper of long baselines.

        Parameters
        ----------
        vis : Visibilities
            The same as those the weights were made for.
        fwhm : float, str or Quantity
            Full width at half maximum of the Gaussian *on the sky*, radians or an angle; a PSF of width b becomes
            about ``sqrt(b^2 + fwhm^2)`` wide.

        Raises
        ------
        DataError
            The lengths differ, or the width is not positive.
        """
        _check_length(self, vis)
        width = radians(fwhm)
        if not (np.isfinite(width) and width > 0):
            raise DataError(f"taper of {width} rad must be positive and finite")
        factor = np.exp(-((np.pi * width) ** 2) * (vis.u**2 + vis.v**2) / (4 * np.log(2)))
        return ImagingWeights(self.values * factor, f"{self.label}, Gaussian taper of {width:.3g} rad")

    def noise(self, vis: Visibilities) -> float:
        """Return the thermal noise in Jy of a dirty image with these weights, from the true weights of the data.

        ``sqrt(sum weight_imaging^2 / weight) / sum weight_imaging``: never below ``vis.sigma_image``, which is that
        of natural weights.
        """
        _check_length(self, vis)
        return float(np.sqrt(np.sum(self.values**2 / vis.weight)) / self.values.sum())


def natural(vis: Visibilities) -> ImagingWeights:
    """Return the statistical weights as imaging weights: the lowest noise, the widest beam."""
    return ImagingWeights(vis.weight.copy(), "natural")


def uniform(vis: Visibilities, grid: Grid) -> ImagingWeights:
    """Return weights that count every cell of the uv plane once: ``w_i / W_k``, the narrowest beam.

    Parameters
    ----------
    vis : Visibilities
        Data; ``W_k`` is the sum of the weights in the cell of ``i``, both Hermitian halves.
    grid : Grid
        Its field of view sets the cells: ``1 / fov`` wavelengths.
    """
    return ImagingWeights(vis.weight / _density(vis, grid)[0], "uniform")


def briggs(vis: Visibilities, grid: Grid, *, robust: float) -> ImagingWeights:
    """Return weights between uniform (robust -2) and natural (robust 2).

    ``w_i / (1 + W_k f^2)`` with ``f^2 = (5 * 10^-robust)^2 / (sum_k W_k^2 / sum_i w_i)``.

    Parameters
    ----------
    vis, grid
        As for :func:`uniform`.
    robust : float
        Briggs's parameter R, usually in [-2, 2].

    Raises
    ------
    DataError
        ``robust`` is not finite.

    References
    ----------
    Briggs 1995, PhD thesis, New Mexico Tech, section 3.3 (eq. 3.19).
    """
    if not np.isfinite(robust):
        raise DataError(f"robust {robust} must be finite: -2 is nearly uniform, 2 nearly natural")
    density, sum_squares = _density(vis, grid)
    scale = (5 * 10.0**-robust) ** 2 / (sum_squares / (2 * vis.sum_weight))
    return ImagingWeights(vis.weight / (1 + density * scale), f"Briggs, robust {robust:g}")


def _density(vis: Visibilities, grid: Grid) -> tuple[Floats, float]:
    """Return ``W_k`` of the cell of every visibility, and ``sum_k W_k^2``, over both Hermitian halves."""
    rows, columns = (np.rint(c * side).astype(np.int64) for c, side in zip((vis.v, vis.u), grid.fov, strict=True))
    reach = int(np.abs(columns).max(initial=0)) + 1
    cells = rows * (2 * reach + 1) + columns
    _, place = np.unique(np.concatenate([cells, -cells]), return_inverse=True)
    sums = np.bincount(place, weights=np.concatenate([vis.weight, vis.weight]))
    return sums[place[: cells.size]], float(np.sum(sums**2))


def _check_length(weights: ImagingWeights, vis: Visibilities) -> None:
    if len(weights) != len(vis):
        raise DataError(f"{len(weights)} imaging weights for {len(vis)} visibilities: make them for these data")
