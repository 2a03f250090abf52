"""The scalars of a model that are ranked."""

from typing import Any

import pytensor.tensor as pt

from bayesim.errors import ModelError
from bayesim.validation._swappable import Swappable

__all__ = ["scalars"]


def scalars(swap: Swappable, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Return test quantities by name: scalars, of arrays the sum and the middle element, and the log-likelihood.

    Raises
    ------
    ModelError
        A name is none of the model's.
    """
    named = {each.name: each for each in [*swap.model.free_RVs, *swap.model.deterministics]}
    unknown = sorted(set(names or ()) - set(named))
    if unknown:
        raise ModelError(f"the model has no variable {unknown}: it has {sorted(named)}")
    found = {}
    for name in named if names is None else names:
        variable = named[name]
        if variable.ndim == 0:
            found[name] = variable
        else:
            found[f"sum({name})"] = pt.sum(variable)
            found[f"{name}[middle]"] = pt.flatten(variable)[variable.size // 2]
    return {**found, "log_likelihood": swap.log_likelihood}
