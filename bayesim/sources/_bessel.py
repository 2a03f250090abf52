r"""One special function for every round source: a Bessel function divided by its own small-argument limit.

.. math:: \Lambda_\nu(z) = \Gamma(\nu + 1)\,(2/\sqrt z)^\nu J_\nu(\sqrt z) = {}_0F_1(;\nu + 1; -z/4)

A ring is ``Lambda_0``, a uniform disk ``Lambda_1``, a disk of brightness ``mu^alpha`` is ``Lambda_(1 + alpha/2)``.
It is an entire function of ``z``, the *square* of baseline times size, so that nothing special happens at zero size
or zero baseline, and its derivative is of its own family: ``dLambda_nu/dz = -Lambda_(nu+1) / (4 (nu + 1))``.
"""

import math

import numba

__all__ = ["bessel_ratio", "bessel_ratio_by_order"]

_SERIES = 16.0
"""``z`` below which the power series loses no more than two digits to cancellation."""

_ASYMPTOTIC = 25.0
"""``sqrt z`` (plus half the order squared) above which Hankel's expansion (DLMF 10.17.3) is exact to rounding."""

_HANKEL_TERMS = 30

_LARGE_ORDER = 50.0
"""Above it, the other algorithms would take time in proportion to the argument, and overflow."""

_NOTHING = 18.0
"""Exponent ``z / (4 (nu + 1))`` beyond which a ratio of large order is zero: before its first zero it is at most
``exp(-z / (4 (nu + 1)))`` (Rayleigh's sum, DLMF 10.21.13), after it smaller still."""


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _series(nu: float, z: float) -> tuple[float, float]:
    """Sum ``(-z/4)^k / (k! (nu+1)_k)`` and its derivative by ``nu``, term by term."""
    term, value = 1.0, 1.0
    logarithmic, slope = 0.0, 0.0
    for k in range(1, 100):
        term *= -0.25 * z / (k * (nu + k))
        logarithmic -= 1.0 / (nu + k)
        value += term
        slope += term * logarithmic
        if abs(term) < 1e-18 * abs(value):
            break
    return value, slope


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _backward(nu: float, x: float) -> tuple[float, float]:
    """Recur downwards from a high order (Miller), normalised by Neumann's sum; carry the derivative by ``nu`` along.

    ``(x/2)^nu / Gamma(nu+1) = sum_k a_k J_(nu+2k)`` (DLMF 10.23.15), ``a_k = (nu+2k) (nu+1)_(k-1) / k!``: divided by
    it, ``J_nu`` becomes our ratio, and no Gamma function is needed.
    """
    pairs, step = int(0.5 * (x + 14.0 + 6.0 * x ** (1.0 / 3.0))), 2.0 / x
    rising, rising_slope = 1.0, 0.0
    for k in range(1, pairs):
        rising_slope = (rising_slope * (nu + k) + rising) / (k + 1)
        rising *= (nu + k) / (k + 1)
    # J of order nu + 2k + 1 and nu + 2k, up to a common factor, and their derivatives
    odd, odd_slope, even, even_slope = 0.0, 0.0, 1e-280, 0.0
    total, total_slope = 0.0, 0.0
    for k in range(pairs, 0, -1):
        weight = (nu + 2 * k) * rising
        weight_slope = rising + (nu + 2 * k) * rising_slope
        total += weight * even
        total_slope += weight_slope * even + weight * even_slope
        for order in (nu + 2 * k, nu + 2 * k - 1):
            lower = order * step * even - odd
            lower_slope = step * even + order * step * even_slope - odd_slope
            odd, odd_slope, even, even_slope = even, even_slope, lower, lower_slope
        if k > 1:
            shrink = 1.0 / (nu + k - 1)
            rising_slope = (rising_slope - rising * shrink) * (k * shrink)
            rising *= k * shrink
    total += even
    total_slope += even_slope
    ratio = even / total
    return ratio, (even_slope - ratio * total_slope) / total


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _digamma(x: float) -> float:
    shift = 0.0
    while x < 12.0:
        shift -= 1.0 / x
        x += 1.0
    s = 1.0 / (x * x)
    tail = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * 691 / 32760)))))
    return shift + math.log(x) - 0.5 / x - tail


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _hankel(nu: float, x: float) -> tuple[float, float]:
    """Evaluate the expansion for large arguments (DLMF 10.17.3) and its derivative by ``nu``."""
    term, term_slope = 1.0, 0.0
    # even terms make P, odd ones Q, signs ++--
    p, p_slope, q, q_slope = 1.0, 0.0, 0.0, 0.0
    for k in range(1, _HANKEL_TERMS):
        factor = (4.0 * nu * nu - (2 * k - 1) ** 2) / (8.0 * k * x)
        term_slope = term_slope * factor + term * nu / (k * x)
        term *= factor
        sign = 1.0 if k % 4 < 2 else -1.0
        if k % 2:
            q += sign * term
            q_slope += sign * term_slope
        else:
            p += sign * term
            p_slope += sign * term_slope
        if abs(term) + abs(term_slope) < 1e-17:
            break
    phase = x - (0.5 * nu + 0.25) * math.pi
    c, s = math.cos(phase), math.sin(phase)
    logarithm = math.log(2.0 / x)
    size = math.sqrt(2.0 / (math.pi * x)) * math.exp(math.lgamma(nu + 1.0) + nu * logarithm)
    value = size * (p * c - q * s)
    turned = 0.5 * math.pi * size * (p * s + q * c)
    return value, value * (_digamma(nu + 1.0) + logarithm) + size * (p_slope * c - q_slope * s) + turned


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _both(nu: float, z: float) -> tuple[float, float]:
    x = math.sqrt(max(z, 0.0))
    if nu > _LARGE_ORDER and z > 4.0 * _NOTHING * (nu + 1.0):
        value, slope = 0.0, 0.0
    elif z <= _SERIES or nu > _LARGE_ORDER:
        value, slope = _series(nu, z)
    elif x <= _ASYMPTOTIC + 0.5 * nu * nu:
        value, slope = _backward(nu, x)
    else:
        value, slope = _hankel(nu, x)
    return value, slope


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def bessel_ratio(nu: float, z: float) -> float:
    """Return ``Lambda_nu(z)``, 1 at ``z = 0``.

    Parameters
    ----------
    nu : float
        Order, above -1; exact to rounding up to 50, within 1e-7 beyond, where samplers may stray.
    z : float
        ``(2 pi radius baseline)^2``, not negative.
    """
    return float(_both(nu, z)[0])


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def bessel_ratio_by_order(nu: float, z: float) -> float:
    """Return ``dLambda_nu(z)/dnu``, 0 at ``z = 0``."""
    return float(_both(nu, z)[1])
