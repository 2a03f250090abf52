"""The operators under JAX: importing this needs the extra ``jax`` (jax and jax-finufft).

Nobody has to import it: compiling for JAX (``mode="JAX"``, nutpie's ``backend="jax"``, numpyro) does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.conventions import FOURIER_SIGN
from bayesim.errors import MissingExtraError
from bayesim.operators.graph_normal import NormalOp, QuadraticOp
from bayesim.operators.graph_nufft import NufftAdjointOp, NufftOp
from bayesim.operators.normal import Normal
from bayesim.operators.nufft import Nufft

try:
    import jax.numpy as jnp
    import jax_finufft
    from pytensor.link.jax.dispatch import jax_funcify
except ImportError as error:
    raise MissingExtraError("compiling for JAX needs jax and jax-finufft: pip install 'bayesim[jax]'") from error

__all__: list[str] = []


def _points(nufft: Nufft) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.complex128]]:
    spec = nufft.spec
    modulation = np.ones(nufft.n_vis, dtype=np.complex128) if spec.modulation is None else spec.modulation
    return spec.points[0], spec.points[1], modulation


@jax_funcify.register(NufftOp)
def _jax_forward(op: NufftOp, **_: Any) -> Callable[..., Any]:
    rows, columns, modulation = _points(op.nufft)
    # threads: jax-finufft's own option, so that chains in parallel do not fight
    options = jax_finufft.options.Opts(nthreads=op.nufft.threads)

    def nufft_forward(image: Any) -> Any:
        vis = modulation * jax_finufft.nufft2(
            image.astype(complex), rows, columns, iflag=FOURIER_SIGN, eps=op.nufft.tolerance, opts=options
        )
        return jnp.stack([vis.real, vis.imag])

    return nufft_forward


@jax_funcify.register(NufftAdjointOp)
def _jax_adjoint(op: NufftAdjointOp, **_: Any) -> Callable[..., Any]:
    rows, columns, modulation = _points(op.nufft)
    options = jax_finufft.options.Opts(nthreads=op.nufft.threads)

    def nufft_adjoint(stacked: Any) -> Any:
        vis = (stacked[0] + 1j * stacked[1]) * modulation.conj()
        image = jax_finufft.nufft1(
            op.nufft.shape, vis, rows, columns, iflag=-FOURIER_SIGN, eps=op.nufft.tolerance, opts=options
        )
        return image.real

    return nufft_adjoint


def _product(normal: Normal) -> Callable[[Any], Any]:
    rows, columns = normal.shape
    response = 1.0 if normal.response is None else normal.response

    def product(image: Any) -> Any:
        spectrum = jnp.fft.rfft2(image * response, s=normal.padded_shape)
        return jnp.fft.irfft2(spectrum * normal.transfer, s=normal.padded_shape)[:rows, :columns] * response

    return product


@jax_funcify.register(NormalOp)
def _jax_normal(op: NormalOp, **_: Any) -> Callable[..., Any]:
    return _product(op.normal)


@jax_funcify.register(QuadraticOp)
def _jax_quadratic(op: QuadraticOp, **_: Any) -> Callable[..., Any]:
    product, dirty = _product(op.normal), op.normal.dirty

    def quadratic(image: Any) -> tuple[Any, Any]:
        gradient = dirty - product(image)
        return 0.5 * jnp.sum(image * (dirty + gradient)), gradient

    return quadratic
