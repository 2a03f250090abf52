"""Maximum-entropy prior, normalised: the entropy's strength can be inferred like any other."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import wrightomega, xlogy

from bayesim.priors._numbers import check_positive
from bayesim.priors._prior import fixed_rate

__all__ = ["MaximumEntropy"]

Floats = NDArray[np.float64]

_NODES = np.arange(-520, 81) * 0.2
"""Places of the trapezoidal rule, in widths of the integrand's peak: 1e-13 for ``rate * default`` of 1e-8 to 1e8."""

_ATTEMPTS = 96
"""Proposals per pixel, each kept with probability 1/4."""


@dataclass(frozen=True)
class MaximumEntropy:
    """``p(x) = prod_j exp(-rate x_j ln(x_j / default)) / (default S(rate default))`` for ``x > 0``.

    The relative entropy of the radio imaging literature. Its pixels are independent, so the normaliser is one
    integral, ``S(a) = int_0^inf exp(-a t ln t) dt``, computed by the trapezoidal rule: the rate can be inferred.

    Parameters
    ----------
    rate : float or PyMC variable
        ``lambda`` in 1/Jy.
    default : float
        The flux that pixels fall back to, Jy/pixel: the mode of the prior is ``default / e``.

    Raises
    ------
    ModelError
        Rate or default is not positive and finite.

    Notes
    -----
    No certificate and no ``lambda_max``: the empty sky is never the mode. The measure is flat in ``x``.

    References
    ----------
    Event Horizon Telescope Collaboration 2019 (ApJL 875, L4), equation 22; MPoL's ``entropy``, ehtim's ``simple``.
    """

    rate: Any
    default: float

    def __post_init__(self) -> None:
        check_positive(rate=self.rate, default=self.default)

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add positive pixels (Jy/pixel) to the model in context; they are sampled in their logarithm."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm
        import pytensor.tensor as pt

        def logp(value: Any, rate: Any, default: Any) -> Any:
            inside = pt.switch(value > 0, value, 1.0)
            normaliser = pt.log(default) + _log_integral(rate * default, pt)
            return pt.switch(value > 0, -rate * inside * pt.log(inside / default) - normaliser, -np.inf)

        return pm.CustomDist(
            name,
            self.rate,
            self.default,
            dist=_draws,
            logp=logp,
            support_point=lambda variable, *_: pt.full_like(variable, self.default / np.e),
            transform=pm.distributions.transforms.log,
            dims=dims,
        )

    def value(self, x: Floats) -> float:
        """Return ``rate * sum x ln(x / default)``, infinite when a pixel is negative."""
        return fixed_rate(self) * float(xlogy(x, x / self.default).sum()) if np.all(x >= 0) else float("inf")

    def prox(self, x: Floats, step: float) -> Floats:
        """Return the root of ``z - x + c (ln(z / default) + 1) = 0``, ``c = rate * step``, by Wright's function."""
        c = fixed_rate(self) * step
        return np.asarray(c * wrightomega(x / c - 1.0 - np.log(c / self.default)))

    def log_normaliser(self, rate: float, shape: tuple[int, ...]) -> float:
        """Return ``-n (ln default + ln S(rate default))`` of the ``n`` pixels."""
        return -prod(shape) * float(np.log(self.default) + _log_integral(np.asarray(rate * self.default), np))


def _log_integral(a: Any, xp: Any) -> Any:
    """Return ``ln S(a)``, with ``xp`` NumPy or PyTensor, from ``int exp(s - a s e^s) ds`` over ``s = ln t``.

    The peak is at ``s = W(e / a) - 1``; Winitzki's approximation of Lambert's W is near enough to place the nodes.
    """
    log = xp.log1p(np.e / a)
    w = log * (1.0 - xp.log1p(log) / (2.0 + log))
    width = xp.sqrt(w / (1.0 + w))
    s = (w - 1.0)[..., None] + width[..., None] * _NODES
    exponent = s - a[..., None] * s * xp.exp(s)
    top = exponent.max(axis=-1)
    total = xp.exp(exponent - top[..., None]).sum(axis=-1)
    return top + xp.log(total * width * (_NODES[1] - _NODES[0]))


def _draws(rate: Any, default: Any, size: Any) -> Any:
    """Draw by Devroye's rejection for log-concave densities of known mode (1986, VII.2.4), which keeps 1 in 4.

    All attempts are made at once; that none of them is kept, and the mode is returned, has probability 1e-12.
    """
    # importing PyMC takes seconds, and a MAP does not need it
    import pymc as pm
    import pytensor.tensor as pt

    a = rate * default
    peak = pt.exp(a / np.e - _log_integral(a, pt))
    # PyMC first asks for one draw, with a constant that stands for no size
    many = (_ATTEMPTS,) if getattr(size, "ndim", None) is None else (*size, _ATTEMPTS)
    near, far = pm.Uniform.dist(-1.0, 1.0, size=many), pm.Exponential.dist(1.0, size=many)
    side, height = pm.Uniform.dist(-1.0, 1.0, size=many), pm.Uniform.dist(0.0, 1.0, size=many)
    step = pt.switch(pt.abs(side) < 0.5, near, pt.sign(side) * (1.0 + far))
    t = 1.0 / np.e + step / peak[..., None]
    inside = pt.switch(t > 0, t, 1.0)
    hat = pt.minimum(1.0, pt.exp(1.0 - pt.abs(step))) * height
    kept = (t > 0) & (hat <= pt.exp(-a[..., None] * (inside * pt.log(inside) + 1.0 / np.e)))
    first = pt.argmax(kept, axis=-1, keepdims=True)
    found = pt.take_along_axis(inside, first, axis=-1)[..., 0]
    return default * pt.switch(kept.any(axis=-1), found, 1.0 / np.e)
