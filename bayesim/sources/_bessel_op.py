"""The Bessel ratio in a PyTensor graph, differentiable by argument and by order; importing this needs PyTensor."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytensor.gradient import grad_not_implemented
from pytensor.graph.basic import Variable
from pytensor.link.numba.dispatch.basic import register_funcify_and_cache_key
from pytensor.scalar.basic import BinaryScalarOp, upgrade_to_float
from pytensor.tensor.elemwise import Elemwise

from bayesim.operators._on_jax import load_dispatch_on_jax
from bayesim.sources import _bessel

__all__ = ["bessel_ratio"]

_VERSION = hashlib.sha256(Path(_bessel.__file__).read_bytes()).hexdigest()
"""PyTensor's cache of machine code does not look at the source of what it calls."""


class _BesselRatio(BinaryScalarOp):  # type: ignore[misc]
    """``Lambda_nu(z)``."""

    def impl(self, nu: float, z: float) -> float:
        """Evaluate with the twin."""
        return float(_bessel.bessel_ratio(float(nu), float(z)))

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the cotangent of the order and of the argument."""
        (nu, z), (g,) = inputs, cotangents
        return [g * _by_order(nu, z), -g * _ratio(nu + 1.0, z) / (4.0 * (nu + 1.0))]


class _BesselRatioByOrder(BinaryScalarOp):  # type: ignore[misc]
    """``dLambda_nu(z)/dnu``."""

    def impl(self, nu: float, z: float) -> float:
        """Evaluate with the twin."""
        return float(_bessel.bessel_ratio_by_order(float(nu), float(z)))

    def pullback(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], cotangents: Sequence[Variable]
    ) -> list[Variable]:
        """Return the cotangent of the argument; a second derivative by the order is not offered."""
        (nu, z), (g,) = inputs, cotangents
        by_argument = (_ratio(nu + 1.0, z) / (nu + 1.0) - _by_order(nu + 1.0, z)) / (4.0 * (nu + 1.0))
        return [grad_not_implemented(self, 0, nu, "second derivative by the order"), g * by_argument]


_ratio = _BesselRatio(upgrade_to_float, name="bessel_ratio")
_by_order = _BesselRatioByOrder(upgrade_to_float, name="bessel_ratio_by_order")

bessel_ratio = Elemwise(_ratio)
"""``Lambda_nu(z)`` of broadcast tensors (see :mod:`bayesim.sources._bessel`)."""


@register_funcify_and_cache_key(_BesselRatio)  # type: ignore[untyped-decorator]
def _numba_ratio(op: _BesselRatio, **_: Any) -> tuple[Callable[..., Any], str]:
    return _bessel.bessel_ratio, f"bessel_ratio {_VERSION}"


@register_funcify_and_cache_key(_BesselRatioByOrder)  # type: ignore[untyped-decorator]
def _numba_by_order(op: _BesselRatioByOrder, **_: Any) -> tuple[Callable[..., Any], str]:
    return _bessel.bessel_ratio_by_order, f"bessel_ratio_by_order {_VERSION}"


load_dispatch_on_jax(ops=__name__, dispatch="bayesim.sources._bessel_jax")
