"""Sufficient statistics of calibrated visibilities: one pass over the data, two images, a few numbers."""

from dataclasses import dataclass

import numpy as np
from finufft import Plan
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, GridError
from bayesim.operators._grid_points import angles_per_pixel, centre_phase, check_response, check_sampling
from bayesim.sky import Grid

__all__ = ["Statistics", "measure"]

Floats = NDArray[np.float64]

_CHUNK = 1 << 22
"""Visibilities per transform by default; FINUFFT's own arrays stay near 0.3 GiB."""

_UPSAMPLING = 2.0
"""Fixed, because FINUFFT's own choice depends on the number of points: chunks would then not add to 1e-12."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Statistics:
    """What a Gaussian likelihood of coplanar visibilities depends on, and nothing else.

    ``log L = const - 1/2 (energy - 2 d'x + x'Gx)``, where ``G`` is the convolution with the PSF; with a
    response ``D`` (diagonal), ``d`` is ``D A'Wy`` and ``G`` is ``D A'WA D``.

    Parameters
    ----------
    grid : Grid
        Pixels of the image.
    dirty : ndarray, shape (rows, columns)
        ``D Re A^H W y`` in 1/Jy.
    psf : ndarray, shape (2 rows, 2 columns)
        ``sum_i weight_i cos 2 pi (u dl + v dm)`` in 1/Jy^2 at all pixel differences; its peak, at pixel
        ``(rows, columns)``, is the sum of the weights. Without the response.
    energy : float
        ``y^H W y``, dimensionless.
    count : int
        Number of visibilities.
    sum_weight : float
        Sum of the weights in 1/Jy^2.
    w_phase : float
        Largest phase in radians of the w term that was left out, ``2 pi max|w| max|n - 1|``.
    tolerance : float
        Relative accuracy asked of the transforms.
    response : ndarray, shape (rows, columns), or None
        Real factor on the sky before the Fourier sum (primary beam, ``1/n``), dimensionless.

    Raises
    ------
    GridError
        An image does not fit the grid.
    """

    grid: Grid
    dirty: Floats
    psf: Floats
    energy: float
    count: int
    sum_weight: float
    w_phase: float = 0.0
    tolerance: float = 1e-12
    response: Floats | None = None

    def __post_init__(self) -> None:
        rows, columns = self.grid.shape
        expected = {"dirty": (rows, columns), "psf": (2 * rows, 2 * columns), "response": (rows, columns)}
        for name, shape in expected.items():
            array = getattr(self, name)
            if array is not None and np.shape(array) != shape:
                raise GridError(f"{name} has shape {np.shape(array)}, a grid of {self.grid.shape} needs {shape}")

    def __add__(self, other: "Statistics") -> "Statistics":
        """Return the statistics of both sets of visibilities together.

        Raises
        ------
        GridError
            The grids or the responses differ.
        """
        if self.grid != other.grid:
            raise GridError(f"statistics on different grids do not add: {self.grid} and {other.grid}")
        if not _same(self.response, other.response):
            raise GridError("statistics with different responses do not add: measure both with the same response")
        return Statistics(
            grid=self.grid,
            dirty=self.dirty + other.dirty,
            psf=self.psf + other.psf,
            energy=self.energy + other.energy,
            count=self.count + other.count,
            sum_weight=self.sum_weight + other.sum_weight,
            w_phase=max(self.w_phase, other.w_phase),
            tolerance=max(self.tolerance, other.tolerance),
            response=self.response,
        )


def measure(
    vis: Visibilities,
    grid: Grid,
    *,
    response: Floats | None = None,
    tolerance: float = 1e-12,
    threads: int = 1,
    chunk: int = _CHUNK,
) -> Statistics:
    """Compress visibilities to their sufficient statistics; ``w`` is ignored and the phase it carries recorded.

    Parameters
    ----------
    vis : Visibilities
        Calibrated data.
    grid : Grid
        Pixels of the image.
    response : ndarray, shape (rows, columns), optional
        Real factor on the sky before the Fourier sum.
    tolerance : float
        Relative accuracy of the transforms, in [1e-14, 1).
    threads : int
        FINUFFT's threads.
    chunk : int
        Visibilities per transform; changes memory, and the result only by rounding (1e-12).

    Returns
    -------
    Statistics
        Additive over visibilities: ``measure(a) + measure(b)`` is ``measure`` of both.

    Raises
    ------
    GridError
        A baseline lies beyond the Nyquist frequency of the pixels, or the response does not fit the grid.
    DataError
        ``chunk`` is not positive.
    """
    if chunk < 1:
        raise DataError(f"chunk {chunk} must be at least 1 visibility")
    check_sampling(vis.u, vis.v, grid)
    response = check_response(response, grid)
    doubled = (2 * grid.shape[0], 2 * grid.shape[1])
    dirty_plan = _plan(grid.shape, tolerance=tolerance, threads=threads)
    psf_plan = _plan(doubled, tolerance=tolerance, threads=threads)
    dirty, psf = np.zeros(grid.shape), np.zeros(doubled)
    for start in range(0, len(vis), chunk):
        part = slice(start, start + chunk)
        u, v, weight = vis.u[part], vis.v[part], vis.weight[part]
        rows, columns = angles_per_pixel(u, v, grid)
        dirty_plan.setpts(rows, columns)
        dirty += dirty_plan.execute(weight * vis.data[part] * np.conj(centre_phase(u, v, grid))).real
        psf_plan.setpts(rows, columns)
        psf += psf_plan.execute(weight.astype(np.complex128)).real
    return Statistics(
        grid=grid,
        dirty=dirty if response is None else dirty * response,
        psf=psf,
        energy=float(np.sum(vis.weight * np.abs(vis.data) ** 2)),
        count=len(vis),
        sum_weight=vis.sum_weight,
        w_phase=float(2 * np.pi * np.abs(vis.w).max() * np.abs(grid.n_minus_1).max()),
        tolerance=tolerance,
        response=response,
    )


def _plan(shape: tuple[int, int], *, tolerance: float, threads: int) -> Plan:
    """Return a plan for ``sum_i c_i exp(+i phase)`` on a grid: the conjugate of the forward sign."""
    # no warning of more threads than cores: their number was asked for
    options = {"eps": tolerance, "nthreads": threads, "upsampfac": _UPSAMPLING, "showwarn": 0}
    return Plan(1, shape, isign=-FOURIER_SIGN, **options)


def _same(a: Floats | None, b: Floats | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(np.array_equal(a, b))
