"""Total flux times shape: the flux has a prior of its own, whatever the number of pixels."""

from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["TotalFlux"]


class _Flux(Protocol):
    def variable(self, name: str) -> Any:
        """Add the flux."""


class _Shape(Protocol):
    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add the shape."""


@dataclass(frozen=True)
class TotalFlux:
    """``x = F s``, ``s`` of sum 1.

    Parameters
    ----------
    flux : LogNormalFlux or any prior of a positive scalar
        Prior of ``F`` in Jy: ``flux.variable(name)`` adds it.
    shape : Simplex or any positive image prior
        Prior of the shape; it is divided by its sum, so only ratios of its pixels count. With
        :class:`bayesim.priors.CorrelatedField` this is the softmax of a correlated field.

    Notes
    -----
    ``n`` independent exponential pixels put the total flux at ``n / lambda`` with relative width ``n^-1/2``: a prior
    on the flux that nobody meant, and that changes when pixels are subdivided. Here it does not.
    """

    flux: _Flux
    shape: _Shape

    def variable(self, name: str, *, dims: tuple[str, ...]) -> Any:
        """Add ``{name}_flux`` (Jy), ``{name}_shape`` and the image ``name`` (Jy/pixel) to the model in context."""
        # importing PyMC takes seconds, and a MAP does not need it
        import pymc as pm

        total = self.flux.variable(f"{name}_flux")
        shape = self.shape.variable(f"{name}_shape", dims=dims)
        return pm.Deterministic(name, total * shape / shape.sum(), dims=dims)
