"""Load a JAX dispatch when, and only when, a graph with our Ops is compiled for JAX.

A rewrite under PyTensor's tag ``"jax"`` runs in every JAX compilation; this one changes nothing but imports
the file that holds the dispatch. So nobody pays for importing JAX who does not use it.
"""

from importlib import import_module
from typing import Any

from pytensor.compile.mode import optdb
from pytensor.graph.rewriting.basic import GraphRewriter

__all__ = ["load_dispatch_on_jax"]


class _LoadDispatch(GraphRewriter):  # type: ignore[misc]
    def __init__(self, ops: str, dispatch: str) -> None:
        super().__init__()
        self.ops, self.dispatch = ops, dispatch

    def apply(self, fgraph: Any) -> None:
        # an elementwise Op carries ours inside
        ops = (getattr(node.op, "scalar_op", node.op) for node in fgraph.apply_nodes)
        if any(type(op).__module__.startswith(self.ops) for op in ops):
            import_module(self.dispatch)


def load_dispatch_on_jax(*, ops: str = "bayesim.operators.graph", dispatch: str = "bayesim.operators.jax") -> None:
    """Register the rewrite, once per process.

    Parameters
    ----------
    ops : str
        How the names of the modules begin that define the Ops.
    dispatch : str
        Module to import when such an Op is compiled for JAX.
    """
    name = f"{dispatch} on JAX"
    if name not in optdb:
        optdb.register(name, _LoadDispatch(ops, dispatch), "jax", position=0)
