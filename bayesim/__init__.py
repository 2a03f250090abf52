"""bayesim: interferometric images with certificates and posteriors.

The rooms, in the order in which data flow: ``sky``, ``data``, ``operators``, ``priors``, ``sources``,
``likelihoods``, ``solvers``, ``samplers``, ``maps``, ``validation``, ``plots``, ``report``, ``cli``.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["Grid", "Visibilities", "read"]

_ROOMS = (
    "conventions",
    "data",
    "operators",
    "priors",
    "sources",
    "likelihoods",
    "solvers",
    "samplers",
    "maps",
    "validation",
    "plots",
    "report",
)
_NAMES = {"Grid": "bayesim.sky", "Visibilities": "bayesim.data", "read": "bayesim.data"}


def __getattr__(name: str) -> Any:
    # rooms are imported on first use: PyMC and ArviZ take seconds, and a MAP needs neither
    if name in _ROOMS:
        return import_module(f"bayesim.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'bayesim' has no attribute {name!r}")
