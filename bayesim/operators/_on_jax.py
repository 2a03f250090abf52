"""Load the JAX dispatch when, and only when, a graph with our Ops is compiled for JAX.

A rewrite under PyTensor's tag ``"jax"`` runs in every JAX compilation; this one changes nothing but imports
``bayesim.operators.jax``. So nobody pays for importing JAX who does not use it.
"""

from importlib import import_module
from typing import Any

from pytensor.compile.mode import optdb
from pytensor.graph.rewriting.basic import GraphRewriter

__all__ = ["load_dispatch_on_jax"]

_NAME = "bayesim_jax_dispatch"


class _LoadDispatch(GraphRewriter):  # type: ignore[misc]
    def apply(self, fgraph: Any) -> None:
        if any(type(node.op).__module__.startswith("bayesim.operators.graph") for node in fgraph.apply_nodes):
            import_module("bayesim.operators.jax")


def load_dispatch_on_jax() -> None:
    """Register the rewrite, once per process."""
    if _NAME not in optdb:
        optdb.register(_NAME, _LoadDispatch(), "jax", position=0)
