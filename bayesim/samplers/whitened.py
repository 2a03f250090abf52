"""NUTS in the coordinates of the Gaussian at the mode, for posteriors that are narrow in ways known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from bayesim.errors import ModelError
from bayesim.samplers._affine import WHITE, Affine
from bayesim.samplers._first_point import FirstPoint, reproducible
from bayesim.samplers._laplace import Hill
from bayesim.samplers.start import Start

__all__ = ["Whitened"]

_MOST = 3000
"""Variables: a step costs the square of their number, and curvatures twice their number of gradients."""

_REACH, _PRECISION, _TRIES = 2.0, 0.02, 5
"""How far the mode of the scale is looked for at a time, how well, and how often it may lie further on, in the unit
of its transform (the logarithm of a scale)."""


@dataclass(frozen=True)
class Whitened:
    """Climb to the mode near the start, take the root of its inverse curvature for coordinates, scale axis by axis.

    For a few hundred variables that data tie together by known physics, such as the gains of all stations and the
    sky that they see (``models/gains.py``). Nothing is approximated: the density is that of the model, and a bad
    Gaussian only makes long trajectories. What a Gaussian cannot straighten are curved ridges: choose
    variables in which they are straight.

    Parameters
    ----------
    scale : str
        A positive scalar variable, such as the scale of the noise, that is not taken where all variables together are
        most probable, but where it is with the others integrated by Laplace's method (MacKay 1992, Neural Comput. 4,
        415). With as many gains as data the joint mode has a noise scale far too small, and so all its widths.

    Notes
    -----
    Modes of the transformed variables, the curvature by central differences of the gradient: twice as many
    gradients as variables, and ten times that with a ``scale``. Only the hill where the climb ends is looked at.
    """

    scale: str = ""

    @property
    def settings(self) -> Mapping[str, str | float]:
        """A diagonal on top of the coordinates."""
        return {"adaptation": "diag"}

    @property
    def label(self) -> str:
        """A sentence."""
        with_scale = f", with {self.scale} where its Laplace marginal peaks" if self.scale else ""
        return f"coordinates whitened by the curvature at the mode{with_scale}, then a diagonal mass matrix"

    def coordinates(self, model: Any, start: Start) -> tuple[Any, Start]:
        """Return the model of the whitened vector and its start, as far from the mode as the start's jitter says.

        Raises
        ------
        ModelError
            There are more than 3000 variables, the scale is none of them or no scalar, its marginal has no peak
            within a factor of 20 000 of the start, or the start does not fit.
        """
        first = FirstPoint(model, start)
        centre = first.centre
        if centre.size > _MOST:
            raise ModelError(f"{centre.size} variables are beyond {_MOST}: use LowRank or Diagonal adaptation")
        held = self._place(model, first) if self.scale else None
        affine = Affine(model, [value.shape for value in first.values.values()], centre)
        with reproducible():
            density = affine.model.logp_dlogp_function(ravel_inputs=True)
        density.set_extra_values({})
        _settle(Hill(affine, density), held)
        rule = f"{start.rule}; then the mode near it ({self.label})"
        # the unit normal in many dimensions is no mode either: chains begin where its draws are
        where = Start(values={WHITE: np.zeros(centre.size)}, jitter=start.jitter, grid=start.grid, rule=rule)
        return affine.model, where

    def _place(self, model: Any, first: FirstPoint) -> int:
        names, at = [variable.name for variable in model.free_RVs], 0
        for name, value in zip(names, first.values.values(), strict=True):
            if name == self.scale and value.shape == ():
                return at
            at += value.size
        raise ModelError(f"the model has no free scalar {self.scale!r}: its variables are {names}")


def _settle(hill: Hill, held: int | None) -> None:
    """Bring centre and root to the mode."""
    every = np.arange(hill.affine.centre.size)
    free = every if held is None else np.delete(every, held)
    for _ in range(2):
        # a second time in coordinates in which the climb is short and the differences are well scaled
        hill.climb(free)
        hill.whiten(free)
    if held is not None:
        hill.marginal(held, _peak(hill, held))
    hill.whiten(every)


def _peak(hill: Hill, held: int) -> float:
    """Return where the Laplace marginal of the scale peaks."""
    near = float(hill.affine.centre[held])
    for _ in range(_TRIES):
        found = minimize_scalar(
            lambda value: -hill.marginal(held, float(value)),
            bounds=(near - _REACH, near + _REACH),
            method="bounded",
            options={"xatol": _PRECISION},
        )
        if abs(found.x - near) < _REACH - 2 * _PRECISION:
            return float(found.x)
        near = float(found.x)
    raise ModelError(
        f"the marginal of the scale rises beyond {near:.3g} (transformed): start nearer, or leave it out"
    )
