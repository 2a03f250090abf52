"""A PyMC model as a function of one vector: positive variables as they are, with a bound, others transformed."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError

__all__ = ["Natural"]

Floats = NDArray[np.float64]

_POOL = 8
"""Draws of the prior from which the unit of every variable is taken."""


class Natural:
    """Log-density and slope in natural coordinates.

    Parameters
    ----------
    model : pm.Model
        Continuous.
    """

    def __init__(self, model: Any) -> None:
        # importing PyMC takes seconds, and a MAP of the convex solvers does not need it
        from pymc.model.transform.conditioning import remove_value_transforms

        bare = [variable for variable in model.free_RVs if _reaches_zero(model, variable)]
        self.model = remove_value_transforms(model, vars=bare) if bare else model
        self.bare = {variable.name for variable in bare}
        start = self.model.initial_point()
        self.shapes = {
            variable.name: np.shape(start[self.model.rvs_to_values[variable].name])
            for variable in self.model.free_RVs
        }
        self._evaluate = _compiled(self.model)
        self.lower = self._flat(
            {name: np.full(s, 0.0 if name in self.bare else -np.inf) for name, s in self.shapes.items()}
        )
        self.unit = self._units()

    def density(self, x: Floats) -> tuple[float, Floats]:
        """Return the log-density, without Jacobians, and its slope."""
        value, *slopes = self._evaluate(*self.by_name(x).values())
        return float(value), np.concatenate([np.ravel(slope) for slope in slopes])

    def uphill(self, x: Floats, slope: Floats) -> Floats:
        """Return the slope without what points beyond a bound that is reached."""
        return np.where((x <= self.lower) & (slope < 0), 0.0, slope)

    def by_name(self, x: Floats) -> dict[str, Floats]:
        """Cut a vector into the variables, by the name of each."""
        pieces, at = {}, 0
        for name, shape in self.shapes.items():
            pieces[name] = x[at : at + math.prod(shape)].reshape(shape)
            at += math.prod(shape)
        return pieces

    def point(self, values: Mapping[str, Floats]) -> Floats:
        """Return the model's start with some variables replaced.

        Raises
        ------
        ModelError
            A name is none of the model, or a value is outside the support.
        """
        from pymc.initial_point import make_initial_point_fn

        unknown = sorted(set(values) - set(self.shapes))
        if unknown:
            raise ModelError(f"the start names {unknown}, which the model does not have: {sorted(self.shapes)}")
        make = make_initial_point_fn(model=self.model, overrides=dict(values), return_transformed=True)
        point = make(0)
        names = {variable.name: self.model.rvs_to_values[variable].name for variable in self.model.free_RVs}
        for name, value in names.items():
            if not np.isfinite(point[value]).all():
                raise ModelError(f"the start of {name!r} is outside its support")
        return self._flat({name: point[value] for name, value in names.items()})

    def draws(self, count: int, seed: int) -> list[Floats]:
        """Return points drawn from the prior.

        Raises
        ------
        ModelError
            A variable has a density but no draws.
        """
        try:
            return self._drawn(count, seed)
        except NotImplementedError as error:
            raise ModelError(
                "a variable of the model cannot be drawn from its prior: use draws=0 and give starts"
            ) from error

    def unravelled(self, x: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return the free variables in their own coordinates, and the deterministic ones."""
        names = [*self.shapes, *(variable.name for variable in self.model.deterministics)]
        found = dict(
            zip(
                names,
                _function(self.model, [self.model[name] for name in names])(*self.by_name(x).values()),
                strict=True,
            )
        )
        return {name: found[name] for name in self.shapes}, {name: found[name] for name in names[len(self.shapes) :]}

    def _drawn(self, count: int, seed: int) -> list[Floats]:
        import pymc as pm

        changes = [self.model.rvs_to_transforms[variable] for variable in self.model.free_RVs]
        moved = [
            variable if change is None else change.forward(variable, *variable.owner.inputs)
            for variable, change in zip(self.model.free_RVs, changes, strict=True)
        ]
        drawn = pm.draw(moved, draws=count, random_seed=seed, mode="FAST_COMPILE")
        # PyMC leaves out the axis of a single draw
        flat = [np.reshape(part, (count, -1)).astype(np.float64) for part in drawn]
        return list(np.concatenate(flat, axis=1))

    def _units(self) -> Floats:
        """Return one length per variable: the standard deviation of its prior, 1 where it has no draws."""
        try:
            pool = [self.by_name(x) for x in self._drawn(_POOL, 0)]
        except NotImplementedError:
            return np.ones(sum(math.prod(shape) for shape in self.shapes.values()))
        spread = {name: float(np.std([draw[name] for draw in pool])) for name in self.shapes}
        good = {name: s if np.isfinite(s) and s > 0 else 1.0 for name, s in spread.items()}
        return self._flat({name: np.full(shape, good[name]) for name, shape in self.shapes.items()})

    def _flat(self, pieces: Mapping[str, Any]) -> Floats:
        return np.concatenate([np.ravel(pieces[name]).astype(np.float64) for name in self.shapes])


def _reaches_zero(model: Any, variable: Any) -> bool:
    """Return whether a variable is positive by a logarithm, and has a finite density at zero."""
    import pymc as pm
    from pymc.logprob.transforms import LogTransform

    if not isinstance(model.rvs_to_transforms[variable], LogTransform):
        return False
    shape = np.shape(model.initial_point()[model.rvs_to_values[variable].name])
    at_zero = pm.draw(pm.logp(variable, np.zeros(shape)), random_seed=0, mode="FAST_COMPILE")
    return bool(np.isfinite(at_zero).all())


def _function(model: Any, outputs: list[Any]) -> Any:
    replaced = model.replace_rvs_by_values(outputs)
    return model.compile_fn(
        replaced, inputs=model.value_vars, point_fn=False, on_unused_input="ignore", mode="FAST_COMPILE"
    )


def _compiled(model: Any) -> Any:
    import pytensor.tensor as pt

    density = model.logp(jacobian=False)
    slopes = pt.grad(density, model.value_vars)
    return model.compile_fn([density, *slopes], inputs=model.value_vars, point_fn=False)
