"""Regularised horseshoe: most pixels at zero, a few as bright as the data say."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.priors._dims import shape_of
from bayesim.priors._numbers import check_positive

__all__ = ["RegularisedHorseshoe"]


@dataclass(frozen=True)
class RegularisedHorseshoe:
    """``x_j = z_j tau l_j``, ``l_j^2 = c^2 h_j^2 / (c^2 + tau^2 h_j^2)``; ``z`` Gaussian, ``h`` half-Cauchy.

    The global scale is ``tau ~ C+(0, tau0)``, ``tau0 = k / (n - k) sigma``; the slab is Student-t with
    ``slab_dof`` degrees of freedom: ``c^2 ~ InvGamma(slab_dof / 2, slab_dof slab^2 / 2)``.

    Parameters
    ----------
    expected : float
        ``k``, the number of sources expected, above 0 and below the number of pixels. A guess within a factor of
        several is enough.
    noise : float
        ``sigma`` of a pixel in Jy, ``1/sqrt(sum_weight)``: the uncertainty of a lone source's flux.
    slab : float
        Scale of the brightest sources in Jy.
    slab_dof : float
        Degrees of freedom of the slab: 4, or less for a few very bright sources.
    positive : bool
        Whether ``z`` is half-normal: pixels of Stokes I.

    Raises
    ------
    ModelError
        A number is not positive and finite, or more sources are expected than there are pixels.

    Notes
    -----
    Bayesian side only: the mode of a horseshoe is the empty sky (its density is infinite there).

    References
    ----------
    Piironen & Vehtari 2017 (Electron. J. Statist. 11, 5018): equation 3.12 (``tau0``), section 2.3 (the slab).
    Betancourt & Girolami 2015 (arXiv:1312.0906), section 3: centred and non-centred parameters.
    """

    expected: float
    noise: float
    slab: float
    slab_dof: float = 4.0
    positive: bool = False

    def __post_init__(self) -> None:
        check_positive(expected=self.expected, noise=self.noise, slab=self.slab, slab_dof=self.slab_dof)

    def global_scale(self, size: int) -> float:
        """Return ``tau0`` in Jy for ``size`` pixels.

        Raises
        ------
        ModelError
            As many sources are expected as there are pixels: the sky is not sparse.
        """
        if not self.expected < size:
            raise ModelError(f"{self.expected} sources expected in {size} pixels: expect fewer than there are pixels")
        return self.expected / (size - self.expected) * self.noise

    def variable(self, name: str, *, dims: tuple[str, ...], centred: NDArray[np.int64] | None = None) -> Any:
        """Add the image (Jy/pixel) to the model in context.

        Parameters
        ----------
        name : str
            The free variables are ``{name}_unit`` (z), ``{name}_local`` (h), ``{name}_global`` (tau/tau0) and
            ``{name}_slab`` (c^2/slab^2), all of unit scale.
        dims : tuple of str
            Of the image.
        centred : ndarray of int, optional
            Flat indices, ascending, of the pixels that the data hold, best those of the mode. They have
            ``{name}_scale`` (tau h) and ``{name}_flux`` instead of h and z: the same prior, but of a bright source
            the data know only a product of factors, whose ridge is long and narrow.

        Raises
        ------
        ModelError
            An index leaves the image, or they are not ascending.
        """
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        shape = shape_of(dims)
        held, others = _split(int(np.prod(shape)), centred)
        kind = pm.HalfNormal if self.positive else pm.Normal
        tau = self.global_scale(held.size + others.size) * pm.HalfCauchy(f"{name}_global", beta=1.0)
        limit = self.slab * pt.sqrt(pm.InverseGamma(f"{name}_slab", alpha=self.slab_dof / 2, beta=self.slab_dof / 2))

        def regularised(free: Any) -> Any:
            # tau l = c tau h / sqrt(c^2 + tau^2 h^2), written without the squares of large numbers
            return free / pt.sqrt(1.0 + (free / limit) ** 2)

        own = {"shape": others.size} if held.size else {"dims": dims}
        local = pm.HalfCauchy(f"{name}_local", beta=1.0, **own)
        image = kind(f"{name}_unit", sigma=1.0, **own) * regularised(tau * local)
        if held.size:
            scale = pm.HalfCauchy(f"{name}_scale", beta=tau, shape=held.size)
            flux = kind(f"{name}_flux", sigma=regularised(scale), shape=held.size)
            # a permutation and no assignment: its slope is a permutation too
            order = np.argsort(np.concatenate([held, others]))
            image = pt.concatenate([flux, image])[order].reshape(shape)
        return pm.Deterministic(name, image, dims=dims)


def _split(size: int, centred: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the flat indices of the centred pixels and of all others."""
    held = np.zeros(0, dtype=np.int64) if centred is None else np.asarray(centred, dtype=np.int64)
    if held.ndim != 1 or np.any(np.diff(held) <= 0) or (held.size and not 0 <= held[0] <= held[-1] < size):
        raise ModelError(f"centred pixels must be ascending indices below {size}, got {held}")
    return held, np.setdiff1d(np.arange(size), held)
