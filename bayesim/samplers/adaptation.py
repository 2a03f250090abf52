"""How NUTS learns the shape of a posterior during warm-up: axis by axis, or with its strongest correlations."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bayesim.errors import ModelError
from bayesim.samplers.start import Start

__all__ = ["Adaptation", "Diagonal", "LowRank"]


class Adaptation(Protocol):
    """Coordinates and mass matrix of :func:`bayesim.samplers.nuts.sample`."""

    def coordinates(self, model: Any, start: Start) -> tuple[Any, Start]:
        """Return the model that is sampled, which has the variables of ``model``, and where its chains start."""

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Arguments of ``nutpie.sample``."""

    @property
    def label(self) -> str:
        """What is learnt, for the provenance of the draws."""


@dataclass(frozen=True)
class Diagonal:
    """One scale per variable, from the variances of draws and of gradients.

    A step costs nothing beside the gradient; trajectories grow with the root of the condition number of the
    posterior's correlation matrix.
    """

    def coordinates(self, model: Any, start: Start) -> tuple[Any, Start]:
        """Return both as they are."""
        return model, start

    @property
    def settings(self) -> Mapping[str, str | float]:
        """The mass matrix that nutpie adapts by default."""
        return {"adaptation": "diag"}

    @property
    def label(self) -> str:
        """A sentence."""
        return "diagonal mass matrix"


@dataclass(frozen=True)
class LowRank:
    """One scale per variable, and the directions in which the rest of the posterior is far longer or shorter.

    For correlated posteriors: blended sources, a mode of all pixels. Where the curvature at the mode says which
    variables are tied together, :class:`~bayesim.samplers.Whitened` need not learn it.

    Parameters
    ----------
    eigenvalue_cutoff : float
        Variances along a direction, after scaling, within this factor of 1 are taken for 1; above 1. Small values
        follow more correlations, at ``dimensions x directions`` operations a step.
    gamma : float
        Regularisation of the eigenvalues towards 1, positive; as many draws are seen, it counts less.

    Raises
    ------
    ModelError
        A number is out of its range.

    Notes
    -----
    It has more to learn: nutpie's own default is 800 warm-up draws instead of 400. The estimate minimises the Fisher
    divergence between draws and gradients of a window (Seyboldt, Carlson & Carpenter 2026, arXiv:2603.18845); nutpie
    calls it experimental, so draws are to be judged as ever (:func:`bayesim.samplers.judge`).
    """

    eigenvalue_cutoff: float = 2.0
    gamma: float = 1e-5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.eigenvalue_cutoff) and self.eigenvalue_cutoff > 1):
            raise ModelError(f"eigenvalue_cutoff {self.eigenvalue_cutoff} must be above 1: 1 is no correlation")
        if not (math.isfinite(self.gamma) and self.gamma > 0):
            raise ModelError(f"gamma {self.gamma} must be positive and finite")

    def coordinates(self, model: Any, start: Start) -> tuple[Any, Start]:
        """Return both as they are."""
        return model, start

    @property
    def settings(self) -> Mapping[str, str | float]:
        """The low-rank modified mass matrix of nutpie."""
        return {
            "adaptation": "low_rank",
            "mass_matrix_eigval_cutoff": self.eigenvalue_cutoff,
            "mass_matrix_gamma": self.gamma,
        }

    @property
    def label(self) -> str:
        """A sentence."""
        return f"low-rank mass matrix (eigenvalues beyond {self.eigenvalue_cutoff:g}, gamma {self.gamma:g})"
