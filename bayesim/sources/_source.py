"""What a source is: the same surface brightness seen as visibilities in a graph and as an image."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_args

import numpy as np
from astropy import units
from numpy.typing import NDArray

from bayesim.errors import BayesimWarning, GridError, ModelError
from bayesim.sky import Grid
from bayesim.sources._functions import as_tensor, stack

__all__ = ["Angle", "Brightness", "Flux", "Frequency", "Pair", "Size", "Source", "count"]

Floats = NDArray[np.float64]
Pair = tuple[Any, Any]

# what a field holds: a number, an array, a string or Quantity with a unit, or a PyMC/PyTensor variable
Flux = Annotated[Any, units.Jy]
Angle = Annotated[Any, units.rad]
Size = Annotated[Any, units.rad, "not negative"]
Brightness = Annotated[Any, units.Jy / units.sr]
Frequency = Annotated[Any, units.Hz]

_SAMPLES_PER_PIXEL = 6.0
"""Along one axis: pixels of an even disk then differ by 0.2 % (rms), and an image of 256 x 256 takes a second."""

_WORTH_A_WARNING = 1e-3
"""Fraction of the flux outside the grid above which an image is not the source's."""


class Source(ABC):
    """A part of the sky in closed form, centred on the phase centre; its leaves are frozen dataclasses.

    Fields hold numbers, strings or Quantities with a unit (``"7 mas"``), or PyMC/PyTensor variables. What has
    no unit is in Jy, radians (direction cosines), Jy/sr and Hz. Position, inclination, rotation, spectrum and sums
    are sources that hold sources: ``Offset(Inclined(UniformDisk(...), ...), l=..., m=...)``.

    Notes
    -----
    A leaf gives ``flux`` (Jy), :meth:`transform` and :meth:`samples`. The w-term is exact for the position of an
    :class:`~bayesim.sources.Offset` and of points; across an extended source the curvature of the sky is left out, a
    phase of ``pi |w| radius^2``.
    """

    # for the type checker only: a field of a leaf would take an inherited property for its default
    if TYPE_CHECKING:

        @property
        @abstractmethod
        def flux(self) -> Any:
            """Total flux density in Jy: the visibility at zero baseline."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            if field.type is Source and not isinstance(getattr(self, field.name), Source):
                raise ModelError(f"{type(self).__name__} needs a source, got {getattr(self, field.name)!r}")
            _, unit, *limits = get_args(field.type) or (None, None)
            object.__setattr__(self, field.name, _read(field.name, getattr(self, field.name), unit, limits))

    @abstractmethod
    def transform(self, u: Any, v: Any, w: Any | None) -> Pair:
        """Return real and imaginary part (Jy) at baselines in wavelengths (tensors), finite in every derivative."""

    @abstractmethod
    def samples(self, spacing: float) -> tuple[Floats, Floats, Floats]:
        """Return points ``l``, ``m`` (direction cosines) and their fluxes (Jy) whose sum is the surface integral.

        The spacing (radians) is the distance of neighbours; the quadrature converges fast as it falls.
        """

    def visibility(self, u: Any, v: Any, w: Any | None = None) -> Any:
        """Return the visibilities as a PyTensor variable.

        Parameters
        ----------
        u, v, w : array_like or PyTensor variable, shape (n,)
            Baselines in wavelengths for ``exp(-2 pi i (ul + vm + w(n-1)))``; without ``w`` the sky is flat.

        Returns
        -------
        TensorVariable, shape (2, n)
            Real and imaginary parts in Jy (PyTensor does not differentiate complex numbers).
        """
        return stack(self.transform(as_tensor(u), as_tensor(v), None if w is None else as_tensor(w)))

    def image(self, grid: Grid) -> Floats:
        """Return the source in Jy/pixel, shape ``grid.shape``; every parameter must be a number.

        The brightness is integrated with a tent two pixels wide (bilinear shares), so that flux and centroid are
        exact and a point may lie between pixels. A point on the centre of a pixel fills that pixel only.

        Raises
        ------
        ModelError
            A parameter is a random variable.

        Warns
        -----
        BayesimWarning
            More than 0.1 % of the flux lies outside the grid (which is then missing from the image).
        """
        l, m, flux = self.samples(grid.cell / _SAMPLES_PER_PIXEL)
        column = (grid.l[0] - l) / grid.cell
        row = (m - grid.m[0]) / grid.cell
        image, kept = _share(row, column, flux, grid.shape)
        total = float(np.abs(flux).sum())
        outside = total - kept
        if outside > _WORTH_A_WARNING * total:
            message = f"{outside:.3g} Jy of {type(self).__name__} lie outside the grid: use a larger field of view"
            warnings.warn(message, BayesimWarning, stacklevel=2)
        return image

    def __add__(self, other: "Source") -> "Source":
        # a sum is a leaf like any other, and its file imports this one
        from bayesim.sources.sum import Sum

        return Sum((self, other))

    def number(self, name: str) -> Any:
        """Return a parameter as a number or array of numbers.

        Raises
        ------
        ModelError
            It is a random variable.
        """
        value = getattr(self, name)
        if not _numeric(value):
            raise ModelError(
                f"{name} of {type(self).__name__} is a variable: an image needs numbers. Build the source again from "
                "the values of one draw or of the mean"
            )
        return value


def count(name: str, value: Any) -> int | None:
    """Return the length of a vector parameter; None for a variable whose length is not known yet (PyMC's ``dims``).

    Raises
    ------
    ModelError
        It is not a vector.
    """
    shape = np.shape(value) if _numeric(value) else value.type.shape
    if len(shape) != 1:
        raise ModelError(f"{name} has shape {shape}: give a vector")
    return None if shape[0] is None else int(shape[0])


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.ndarray)


def _read(name: str, value: Any, unit: Any, limits: list[str]) -> Any:
    """Turn strings, Quantities and lists into numbers of the field's unit; let variables and sources pass."""
    if isinstance(value, str | units.Quantity):
        try:
            value = units.Quantity(value).to_value(unit or units.dimensionless_unscaled)
        except (TypeError, ValueError, units.UnitsError) as error:
            raise GridError(f"{name} = {value!r} is not in {unit or 'a bare number'} or a unit like it") from error
    elif isinstance(value, list | tuple) and all(isinstance(item, int | float | np.number) for item in value):
        value = np.asarray(value, dtype=np.float64)
    if _numeric(value):
        if not np.all(np.isfinite(value)):
            raise ModelError(f"{name} = {value} must be finite")
        if limits and np.any(np.asarray(value) < 0):
            raise ModelError(f"{name} = {value} must not be negative")
    return value


def _share(row: Floats, column: Floats, flux: Floats, shape: tuple[int, int]) -> tuple[Floats, float]:
    """Divide every flux among the four pixels around it; return the image and the absolute flux that fell on it."""
    image, kept = np.zeros(shape[0] * shape[1]), 0.0
    # a point on a pixel's centre must not leave rounding in its neighbours
    row, column = (np.where(np.abs(x - np.rint(x)) < 1e-9, np.rint(x), x) for x in (row, column))
    low_row, low_column = np.floor(row), np.floor(column)
    for down in (0, 1):
        for right in (0, 1):
            r, c = low_row + down, low_column + right
            part = flux * (1.0 - np.abs(row - r)) * (1.0 - np.abs(column - c))
            inside = (r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1])
            index = (r[inside] * shape[1] + c[inside]).astype(np.int64)
            image += np.bincount(index, weights=part[inside], minlength=image.size)
            kept += float(np.abs(part[inside]).sum())
    return image.reshape(shape), kept
