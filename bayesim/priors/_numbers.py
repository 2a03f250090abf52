"""Numbers and random variables as the parameters of a prior: what is checked, and what is refused."""

from typing import Any

import numpy as np

from bayesim.errors import ModelError

__all__ = ["check_positive", "is_number", "known"]


def is_number(value: Any) -> bool:
    """Return whether a parameter is a plain real number, not a random variable of a model."""
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def check_positive(**parameters: Any) -> None:
    """Refuse numbers that are not positive and finite; random variables are let through.

    Raises
    ------
    ModelError
        Naming the parameter and its value.
    """
    for name, value in parameters.items():
        if is_number(value) and not (np.isfinite(value) and value > 0):
            raise ModelError(f"{name} {value} must be positive and finite")


def known(**parameter: Any) -> float:
    """Return one parameter as a number.

    Raises
    ------
    ModelError
        It is a random variable: a penalty has a value, a prox or a mode only for known hyper-parameters.
    """
    ((name, value),) = parameter.items()
    if not is_number(value):
        raise ModelError(
            f"{name} is a random variable, and a penalty exists for a known {name} only: the mode of image and "
            f"{name} together is unbounded. Give {name} a number, or sample the posterior"
        )
    check_positive(**parameter)
    return float(value)
