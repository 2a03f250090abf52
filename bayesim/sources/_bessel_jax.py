"""The Bessel ratio under JAX, the same three algorithms as its twin; importing this needs jax.

Nobody has to import it: compiling a source for JAX (``mode="JAX"``, nutpie's ``backend="jax"``) does. The Bessel
functions of JAX are of integer order and have no derivative by the order.
"""

from collections.abc import Callable
from typing import Any

from bayesim.errors import MissingExtraError
from bayesim.sources._bessel import _ASYMPTOTIC, _HANKEL_TERMS, _SERIES
from bayesim.sources._bessel_op import _BesselRatio, _BesselRatioByOrder

try:
    import jax.numpy as jnp
    from jax import lax
    from jax.scipy.special import digamma, gammaln
    from pytensor.link.jax.dispatch import jax_funcify
except ImportError as error:
    raise MissingExtraError("compiling for JAX needs jax: pip install 'bayesim[jax]'") from error

__all__ = ["bessel_ratio_by_order_jax", "bessel_ratio_jax"]

_TERMS = 60
"""Of the power series; its terms fall below rounding long before."""

_PAIRS = 60
"""Of orders in the downward recurrence: what the twin needs at order 10 and the largest argument of its region."""


def _series(nu: Any, z: Any) -> tuple[Any, Any]:
    def add(k: Any, carried: Any) -> Any:
        term, value, logarithmic, slope = carried
        term = term * (-0.25 * z / (k * (nu + k)))
        logarithmic = logarithmic - 1.0 / (nu + k)
        return term, value + term, logarithmic, slope + term * logarithmic

    one, zero = jnp.ones_like(z), jnp.zeros_like(z)
    _, value, _, slope = lax.fori_loop(1, _TERMS, add, (one, one, zero, zero))
    return value, slope


def _backward(nu: Any, x: Any) -> tuple[Any, Any]:
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)

    def rise(k: Any, carried: Any) -> Any:
        rising, slope = carried
        return rising * (nu + k) / (k + 1), (slope * (nu + k) + rising) / (k + 1)

    def lower(i: Any, carried: Any) -> Any:
        rising, rising_slope, odd, odd_slope, even, even_slope, total, total_slope = carried
        k = _PAIRS - i
        weight = (nu + 2 * k) * rising
        total_slope = total_slope + (rising + (nu + 2 * k) * rising_slope) * even + weight * even_slope
        total = total + weight * even
        for order in (nu + 2 * k, nu + 2 * k - 1):
            below = order * step * even - odd
            below_slope = step * even + order * step * even_slope - odd_slope
            odd, odd_slope, even, even_slope = even, even_slope, below, below_slope
        # at the last pair nothing is left to divide by, and the result is not used
        shrink = 1.0 / (nu + jnp.maximum(k, 2) - 1)
        rising_slope = (rising_slope - rising * shrink) * (k * shrink)
        return rising * k * shrink, rising_slope, odd, odd_slope, even, even_slope, total, total_slope

    step = 2.0 / x
    risen = lax.fori_loop(1, _PAIRS, rise, (one, zero))
    begin = (*risen, zero, zero, 1e-280 * one, zero, zero, zero)
    *_, even, even_slope, total, total_slope = lax.fori_loop(0, _PAIRS, lower, begin)
    ratio = even / (total + even)
    return ratio, (even_slope - ratio * (total_slope + even_slope)) / (total + even)


def _hankel(nu: Any, x: Any) -> tuple[Any, Any]:
    def add(k: Any, carried: Any) -> Any:
        term, term_slope, p, p_slope, q, q_slope = carried
        factor = (4.0 * nu * nu - (2 * k - 1) ** 2) / (8.0 * k * x)
        term_slope = term_slope * factor + term * nu / (k * x)
        term = term * factor
        sign = jnp.where(k % 4 < 2, 1.0, -1.0)
        odd, even = sign * (k % 2), sign * (1 - k % 2)
        return (
            term,
            term_slope,
            p + even * term,
            p_slope + even * term_slope,
            q + odd * term,
            q_slope + odd * term_slope,
        )

    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    _, _, p, p_slope, q, q_slope = lax.fori_loop(1, _HANKEL_TERMS, add, (one, zero, one, zero, zero, zero))
    phase = x - (0.5 * nu + 0.25) * jnp.pi
    c, s = jnp.cos(phase), jnp.sin(phase)
    logarithm = jnp.log(2.0 / x)
    size = jnp.sqrt(2.0 / (jnp.pi * x)) * jnp.exp(gammaln(nu + 1.0) + nu * logarithm)
    value = size * (p * c - q * s)
    turned = 0.5 * jnp.pi * size * (p * s + q * c)
    return value, value * (digamma(nu + 1.0) + logarithm) + size * (p_slope * c - q_slope * s) + turned


def _both(nu: Any, z: Any) -> tuple[Any, Any]:
    nu, z = jnp.broadcast_arrays(jnp.asarray(nu, dtype=float), jnp.maximum(jnp.asarray(z, dtype=float), 0.0))
    edge = _ASYMPTOTIC + 0.5 * nu * nu
    # every algorithm runs everywhere, each with arguments moved into its own region
    x = jnp.sqrt(jnp.maximum(z, _SERIES))
    parts = (
        _series(nu, jnp.minimum(z, _SERIES)),
        _backward(nu, jnp.minimum(x, edge)),
        _hankel(nu, jnp.maximum(x, edge)),
    )
    value, slope = (
        jnp.where(z <= _SERIES, near, jnp.where(x <= edge, middle, far))
        for near, middle, far in zip(*parts, strict=True)
    )
    return value, slope


def bessel_ratio_jax(nu: Any, z: Any) -> Any:
    """Return ``Lambda_nu(z)`` of broadcast arrays, as :func:`bayesim.sources._bessel.bessel_ratio`."""
    return _both(nu, z)[0]


def bessel_ratio_by_order_jax(nu: Any, z: Any) -> Any:
    """Return ``dLambda_nu(z)/dnu`` of broadcast arrays."""
    return _both(nu, z)[1]


@jax_funcify.register(_BesselRatio)  # type: ignore[untyped-decorator]
def _jax_ratio(op: _BesselRatio, **_: Any) -> Callable[..., Any]:
    return bessel_ratio_jax


@jax_funcify.register(_BesselRatioByOrder)  # type: ignore[untyped-decorator]
def _jax_by_order(op: _BesselRatioByOrder, **_: Any) -> Callable[..., Any]:
    return bessel_ratio_by_order_jax
