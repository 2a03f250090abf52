"""Sparsity in the uv plane: structure finer than the array can see costs its amplitude."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._fourier import both_axes, waves
from bayesim.priors._numbers import check_positive
from bayesim.priors._prior import fixed_rate

__all__ = ["UVSparsity"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class UVSparsity:
    """``-log p = rate sum_{q > q_max} (|Re V_q| + |Im V_q|)``, plus a Gaussian of what lies within ``q_max``.

    ``V`` is the discrete Fourier transform of the image, and the sum runs over the half plane of a real transform, so
    modes on its edges (u = 0, and the Nyquist column) count with their mirror image: twice.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    cell : float
        Side of a pixel in radians (:attr:`bayesim.Grid.cell`).
    q_max : float
        Longest baseline in wavelengths.
    level : float
        White noise of this standard deviation per pixel (Jy/pixel) stands for what is shorter. Infinite (the
        default): free, as in MPoL; this is a penalty but no distribution.

    Raises
    ------
    ModelError
        A number is not positive, or the pixels are too large to hold a baseline beyond ``q_max``.

    References
    ----------
    MPoL's ``UV_sparsity``.
    """

    rate: Any
    cell: float
    q_max: float
    level: float = np.inf

    def __post_init__(self) -> None:
        check_positive(rate=self.rate, cell=self.cell, q_max=self.q_max)
        if not self.level > 0:
            raise ModelError(f"level {self.level} Jy/pixel must be positive, or infinite")
        if self.q_max * self.cell >= np.sqrt(0.5):
            limit = np.sqrt(0.5) / self.q_max
            raise ModelError(f"cell {self.cell} rad holds no baseline beyond q_max: use one below {limit:.3g} rad")

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the pixels (Jy/pixel) to the model in context, centred: one free variable.

        Raises
        ------
        ModelError
            The level is infinite: what is shorter than ``q_max`` has no distribution.
        """
        if not np.isfinite(self.level):
            raise ModelError("baselines within q_max have no distribution: give a finite level, Jy/pixel")
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        modes, (c, s), (d, t) = self._modes(shape), waves(shape[0]), waves(shape[1])

        def draw(rate: Any, size: Any) -> Any:
            parts = [
                pt.switch(modes.fine, pm.Laplace.dist(0.0, 1.0, size=shape) / (rate * modes.weight), wide)
                for wide in (pm.Normal.dist(0.0, self.level / modes.unit, size=shape) for _ in range(2))
            ]
            real, imaginary = parts[0] * modes.real, parts[1] * modes.imaginary
            cosines = both_axes(c, real, d) - both_axes(s, real, t)
            sines = both_axes(s, imaginary, d) + both_axes(c, imaginary, t)
            return (cosines - sines) / (shape[0] * shape[1])

        def logp(value: Any, rate: Any) -> Any:
            real = both_axes(c, value, d) - both_axes(s, value, t)
            imaginary = -both_axes(s, value, d) - both_axes(c, value, t)
            height = [pt.abs(p) * rate * modes.weight for p in (real, imaginary)]
            width = [0.5 * (p * modes.unit / self.level) ** 2 for p in (real, imaginary)]
            cost = [pt.switch(modes.fine, h, w) for h, w in zip(height, width, strict=True)]
            penalty = pt.sum((modes.real > 0) * cost[0] + (modes.imaginary > 0) * cost[1])
            return self._log_normaliser(rate, modes, pt.log) - penalty

        return pm.CustomDist(
            name,
            self.rate,
            dist=draw,
            logp=logp,
            signature="()->(m,l)",
            dims=dims,
            support_point=lambda *_: pt.zeros(shape),
        )

    def value(self, x: Floats) -> float:
        """Return the penalty of an image."""
        modes, vis = self._modes(x.shape), np.fft.fft2(x)
        cost = 0.0
        for part, used in ((vis.real, modes.real > 0), (vis.imag, modes.imaginary > 0)):
            fine = fixed_rate(self) * modes.weight * np.abs(part)
            cost += float(np.where(modes.fine, fine, 0.5 * (part * modes.unit / self.level) ** 2)[used].sum())
        return cost

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the image whose fine modes are thresholded, real and imaginary parts apart."""
        modes, vis = self._modes(x.shape), np.fft.fft2(x)
        height = step * fixed_rate(self) * modes.weight / modes.unit**2
        fine = [np.sign(part) * np.maximum(np.abs(part) - height, 0.0) for part in (vis.real, vis.imag)]
        kept = np.where(modes.fine, fine[0] + 1j * fine[1], vis / (1.0 + step / self.level**2))
        return np.asarray(np.fft.ifft2(kept).real)

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return the normaliser of the fine modes, and of the others when the level is finite."""
        return float(self._log_normaliser(rate, self._modes(shape), np.log))

    def _log_normaliser(self, rate: Any, modes: "_Modes", log: Any) -> Any:
        free = (modes.real > 0) * 1.0 + (modes.imaginary > 0)
        fine, coarse = free * modes.fine, (free * ~modes.fine).sum()
        sharp = fine.sum() * log(rate) + (fine * np.log(modes.weight / modes.unit / 2)).sum()
        return sharp - (0.5 * np.log(2 * np.pi * self.level**2) * coarse if np.isfinite(self.level) else 0.0)

    def _modes(self, shape: tuple[int, ...]) -> "_Modes":
        rows, columns = (np.arange(n) for n in shape)
        v, u = (np.fft.fftfreq(n, d=self.cell) for n in shape)
        flat = rows[:, None] * shape[1] + columns[None, :]
        mirror = (-rows % shape[0])[:, None] * shape[1] + (-columns % shape[1])[None, :]
        alone, edge = flat == mirror, columns == (-columns % shape[1])
        first = (flat <= mirror).astype(np.float64)
        return _Modes(
            fine=np.hypot(v[:, None], u[None, :]) > self.q_max,
            real=np.asarray(first * np.where(alone, 1.0, 2.0), dtype=np.float64),
            imaginary=np.asarray(first * np.where(alone, 0.0, 2.0), dtype=np.float64),
            weight=np.where(edge[None, :] & ~alone, 2.0, 1.0),
            unit=np.sqrt(np.where(alone, 1.0, 2.0) / flat.size),
        )


class _Modes(NamedTuple):
    """Modes of the discrete Fourier transform of a real image, each with its mirror image once."""

    fine: NDArray[np.bool_]
    """Whether the baseline is longer than ``q_max``."""
    real: Floats
    """How many modes the real part stands for: 0 for the second of a pair, 1 for its own mirror image, else 2."""
    imaginary: Floats
    """The same of the imaginary part, which is 0 for a mode that is its own mirror image."""
    weight: Floats
    """How often the half plane holds the mode."""
    unit: Floats
    """Orthonormal coefficient over the part of V."""
