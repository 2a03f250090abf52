"""Which models have a mode that a smooth climb finds, and why the others are refused."""

from typing import Any

from bayesim.errors import ModelError

__all__ = ["check_smooth"]

_KINKED = {
    "laplace": "PolyClean (Laplace pixels) or solve_synthesis (Laplace coefficients)",
    "TotalVariation": "solve_regularised",
    "StarletLaplace": "solve_regularised",
}
"""Densities with kinks at their modes, and the solvers that certify these."""

_LOCATIONS = {"normal": 0, "multivariate_normal": 0, "cauchy": 0, "logistic": 0}
"""Place of the parameter that moves a density without changing its height, by the name of the distribution."""


def check_smooth(model: Any) -> None:
    """Refuse a model that has no mode, or none that gradients find.

    Raises
    ------
    ModelError
        Naming the variables: a discrete one, one whose density has kinks, or one that sets the height of the density
        of another.
    """
    if not model.free_RVs:
        raise ModelError("the model has no free variable")
    discrete = [variable.name for variable in model.discrete_value_vars]
    if discrete:
        raise ModelError(f"{discrete} are discrete: they have no slope to climb. Sum them out, or sample")
    for variable in model.free_RVs:
        _check_kinks(variable)
        _check_scale(model, variable)


def _kind(variable: Any) -> str:
    op = variable.owner.op
    return str(getattr(op, "name", None) or type(op).__name__)


def _check_kinks(variable: Any) -> None:
    # importing PyMC takes seconds, and a MAP of the convex solvers does not need it
    import pymc as pm
    from pytensor.graph.traversal import ancestors
    from pytensor.scalar.basic import Abs

    for kind, solver in _KINKED.items():
        if kind in (_kind(variable), type(variable.owner.op).__name__.removesuffix("RV")):
            raise ModelError(
                f"the density of {variable.name!r} ({kind}) has kinks, and its mode sits on them, where slopes say "
                f"nothing: use bayesim.solvers.{solver}, which returns a duality gap"
            )
    value = variable.clone()
    for node in {item.owner for item in ancestors([pm.logp(variable, value)]) if item.owner is not None}:
        inner = getattr(node.op, "scalar_op", None)
        if isinstance(inner, Abs) and value in ancestors(node.inputs):
            raise ModelError(
                f"the density of {variable.name!r} ({_kind(variable)}) has a kink (an absolute value): slopes do not "
                "find its mode. Use a convex solver of bayesim.solvers (Apgd, solve_regularised), or sample"
            )


def _check_scale(model: Any, variable: Any) -> None:
    from pytensor.graph.traversal import ancestors

    free = {other for other in model.free_RVs if other is not variable}
    op, node = variable.owner.op, variable.owner
    parameters = op.dist_params(node) if hasattr(op, "dist_params") else node.inputs
    for place, parameter in enumerate(parameters):
        above = free & set(ancestors([parameter]))
        if above and _LOCATIONS.get(_kind(variable)) != place:
            names = sorted(other.name for other in above)
            raise ModelError(
                f"{names} set the scale of {variable.name!r}, so the mode of them together does not exist or means "
                "nothing: the density grows as the sky empties and its scale shrinks to nothing. Give them numbers "
                "(pm.do), or sample the posterior; docs: why there is no joint mode of image and lambda"
            )
