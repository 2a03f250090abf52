"""The operators in PyTensor graphs, compiled by numba, JAX or called from Python; importing this needs PyTensor."""

from bayesim.operators.graph_normal import NormalOp, QuadraticOp, quadratic
from bayesim.operators.graph_nufft import NufftAdjointOp, NufftOp, visibilities

__all__ = ["NormalOp", "NufftAdjointOp", "NufftOp", "QuadraticOp", "quadratic", "visibilities"]
