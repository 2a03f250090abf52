"""Baselines of the data as variables of the graph."""

from typing import Any

import pytensor

__all__ = ["shared_baselines"]


def shared_baselines(data: Any, *names: str) -> tuple[Any, ...]:
    """Return attributes of the data (``u``, ``v``, ``w`` in wavelengths) as PyTensor variables, shape (n,) each."""
    # shared, not constant: large constants would be written into the compiled code
    return tuple(pytensor.shared(getattr(data, name), name=name, borrow=True) for name in names)
