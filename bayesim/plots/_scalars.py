"""Scalar variables of a posterior tree."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError

__all__ = ["scalar_draws"]


def scalar_draws(tree: Any, name: str, *, group: str = "posterior") -> NDArray[np.float64]:
    """Return a scalar variable as an array of shape (chains, draws).

    Raises
    ------
    ModelError
        The group or the variable is missing, or it is not a scalar.
    """
    if group not in tree.children or name not in tree[group].data_vars:
        here = sorted(map(str, tree[group].data_vars)) if group in tree.children else []
        raise ModelError(f"the tree has no {group}['{name}']; it has {here}")
    variable = tree[group][name]
    if set(variable.dims) != {"chain", "draw"}:
        raise ModelError(f"{group}['{name}'] has dims {variable.dims}: this figure shows scalars (chain, draw)")
    return np.asarray(variable.transpose("chain", "draw").values, dtype=np.float64)
