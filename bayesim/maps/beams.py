"""The CLEAN beam: an elliptical Gaussian fitted to the main lobe of the PSF."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from bayesim.conventions import ARCSEC
from bayesim.errors import GridError

__all__ = ["Beam", "fit_beam"]

Floats = NDArray[np.float64]

_LN2 = float(np.log(2.0))
_REACH = 6.0
"""Standard deviations after which the Gaussian (1.5e-8 of its peak) is cut."""

_DAMPING, _MOST_STEPS, _SETTLED = 1e-3, 100, 1e-10
"""Of the fit: first damping relative to the curvature, most steps, and the last step relative to the parameters."""


@dataclass(frozen=True)
class Beam:
    """An elliptical Gaussian of unit peak.

    Parameters
    ----------
    major, minor : float
        Full widths at half maximum in radians, ``major >= minor > 0``.
    position_angle : float
        Of the major axis, from North through East, radians in (-pi/2, pi/2].
    name : str
        What it is called in labels and headers, such as "CLEAN beam".

    Raises
    ------
    GridError
        An axis is not positive and finite, or minor exceeds major.
    """

    major: float
    minor: float
    position_angle: float
    name: str = "CLEAN beam"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.major) and np.isfinite(self.minor) and self.major >= self.minor > 0):
            raise GridError(f"beam of {self.major} x {self.minor} rad: need finite major >= minor > 0")

    def __str__(self) -> str:
        angle = np.degrees(self.position_angle)
        return f'{self.major / ARCSEC:.3g}" x {self.minor / ARCSEC:.3g}", PA {angle:.0f} deg'

    @property
    def solid_angle(self) -> float:
        """``pi major minor / (4 ln 2)``, in steradian where the field is small."""
        return float(np.pi * self.major * self.minor / (4 * _LN2))

    def area(self, cell: float) -> float:
        """Return the beam's area in pixels of side ``cell`` (rad): Jy/beam divided by it is Jy/pixel."""
        return self.solid_angle / cell**2

    @property
    def covariance(self) -> Floats:
        """Second moments of (l, m) in rad^2, shape (2, 2)."""
        along = np.array([np.sin(self.position_angle), np.cos(self.position_angle)])
        across = np.array([along[1], -along[0]])
        axes = self.major**2 * np.outer(along, along) + self.minor**2 * np.outer(across, across)
        return np.asarray(axes / (8 * _LN2))

    def profile(self, l: Floats, m: Floats) -> Floats:
        """Return the beam at offsets (l, m) in radians from its centre."""
        shape = np.linalg.inv(self.covariance)
        quadratic = shape[0, 0] * l**2 + 2 * shape[0, 1] * l * m + shape[1, 1] * m**2
        return np.asarray(np.exp(-0.5 * quadratic))

    def kernel(self, cell: float) -> Floats:
        """Return the beam on pixels of side ``cell`` (rad), centred, odd number of rows and columns."""
        reach_l, reach_m = _REACH * np.sqrt(np.diag(self.covariance)) / cell
        columns, rows = int(np.ceil(reach_l)), int(np.ceil(reach_m))
        l = -cell * np.arange(-columns, columns + 1, dtype=np.float64)
        m = cell * np.arange(-rows, rows + 1, dtype=np.float64)
        return self.profile(l[None, :], m[:, None])


def fit_beam(psf: Floats, *, cell: float) -> Beam:
    """Fit an elliptical Gaussian to the main lobe of a PSF.

    Least squares over the pixels above half maximum that are connected to the peak, with the peak held at the
    PSF's own; the 3 x 3 pixels about the peak always take part, so that a beam of one or two pixels has a fit.

    Parameters
    ----------
    psf : ndarray, shape (2 rows, 2 columns)
        PSF in any unit, its peak at pixel ``(shape[0] // 2, shape[1] // 2)``.
    cell : float
        Side of a pixel in radians.

    Returns
    -------
    Beam
        Full widths in radians; position angle East of North with ``l`` falling along the columns.

    Raises
    ------
    GridError
        The peak is not positive, or the main lobe has no finite width on this grid.
    """
    row, column = psf.shape[0] // 2, psf.shape[1] // 2
    peak = float(psf[row, column])
    if not (np.isfinite(peak) and peak > 0):
        raise GridError(f"PSF peak {peak} must be positive: the sum of weights at pixel ({row}, {column})")
    rows, columns = np.nonzero(_main_lobe(psf / peak))
    values = psf[rows, columns] / peak
    x, y = (column - columns).astype(float), (rows - row).astype(float)
    return _as_beam(_fit_quadratic(x, y, values), cell=cell)


def _main_lobe(psf: Floats) -> NDArray[np.bool_]:
    row, column = psf.shape[0] // 2, psf.shape[1] // 2
    labels, _ = ndimage.label(psf > 0.5)
    lobe = np.asarray(labels == labels[row, column])
    lobe[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
    return lobe


def _fit_quadratic(x: Floats, y: Floats, values: Floats) -> Floats:
    """Return (a, b, c) of ``exp(-(a x^2 + 2 b x y + c y^2))``, x to the East and y to the North in pixels."""
    design = np.column_stack([x * x, 2 * x * y, y * y])
    logs = -np.log(np.maximum(values, 0.01))
    start = np.linalg.lstsq(design * values[:, None], logs * values, rcond=None)[0]
    return _descended(design, values, start)


def _descended(design: Floats, values: Floats, quadratic: Floats) -> Floats:
    """Least squares of ``exp(-design q) - values`` by Levenberg-Marquardt: three numbers and a start close by.

    Importing scipy.optimize for it would take longer than everything else that a beam needs.
    """
    damping, model = _DAMPING, _lobe(design, quadratic)
    for _ in range(_MOST_STEPS):
        slope = -design * model[:, None]
        normal, gradient = slope.T @ slope, slope.T @ (values - model)
        step = np.linalg.lstsq(normal + damping * np.diag(np.diag(normal)), gradient, rcond=None)[0]
        trial = _lobe(design, quadratic + step)
        if np.sum((trial - values) ** 2) > np.sum((model - values) ** 2):
            damping *= 10
            continue
        quadratic, model, damping = quadratic + step, trial, damping / 10
        if np.all(np.abs(step) <= _SETTLED * np.abs(quadratic).max()):
            break
    return quadratic


def _lobe(design: Floats, quadratic: Floats) -> Floats:
    return np.asarray(np.exp(-np.clip(design @ quadratic, -50, 50)))


def _as_beam(quadratic: Floats, *, cell: float) -> Beam:
    a, b, c = quadratic
    curvature, axes = np.linalg.eigh(np.array([[a, b], [b, c]]))
    if not (np.all(np.isfinite(curvature)) and curvature[0] > 0):
        raise GridError(
            "the PSF has no main lobe of finite width in every direction: the image is too small for the "
            "shortest baselines, or all baselines are parallel; use a larger image or give a Beam"
        )
    east, north = axes[:, 0] if axes[1, 0] > 0 or (axes[1, 0] == 0 and axes[0, 0] > 0) else -axes[:, 0]
    widths = 2 * np.sqrt(_LN2 / curvature) * cell
    return Beam(float(widths[0]), float(widths[1]), float(np.arctan2(east, north)))
