"""Checks of a likelihood with an observed variable: derivatives, and constants by the mean of the score."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["check_likelihood"]

STEP = 1e-5
"""Relative step of the central differences."""
REPLICATES = 400
"""Data sets drawn from the likelihood itself."""
ERRORS = 5.0
"""Standard errors by which the mean score may be off zero."""


def check_likelihood(
    coords: Mapping[str, Any], observe: Callable[..., Any], truth: Mapping[str, float], *, seed: int
) -> None:
    """Assert that a likelihood's slope is right and that it is normalised for every value of its parameters.

    The mean of ``d ln p(y | theta) / d theta`` over data drawn from ``p(y | theta)`` is zero exactly where the
    density integrates to one for all ``theta`` near by: a constant that forgets a noise scale shows at once.

    Parameters
    ----------
    coords : mapping
        Coordinates of the model.
    observe : function of the parameters by name
        Called in a model; adds one observed variable, from which replicates can be drawn, and returns it.
    truth : mapping of str to float
        A point of the parameters where nothing is zero.
    seed : int
        Of the replicates.

    Raises
    ------
    AssertionError
        With the parameter for which a claim fails.
    """
    # importing PyMC takes seconds, and the checks of other rooms do not need it
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    thetas = [pt.dscalar(name) for name in truth]
    with pm.Model(coords=coords):
        variable = observe(**{theta.name: theta for theta in thetas})
    value = variable.type()
    log_density = pt.sum(pm.logp(variable, value))
    slope = pytensor.function([value, *thetas], [log_density, *pt.grad(log_density, thetas)], mode="FAST_COMPILE")
    with pm.Model(coords=coords):
        replicas = pm.draw(observe(**truth), draws=REPLICATES, random_seed=seed, mode="FAST_COMPILE")
    point = np.array(list(truth.values()))
    scores = np.array([slope(y, *point)[1:] for y in replicas])
    for index, name in enumerate(truth):
        _slope(slope, replicas[0], point, index, name)
        mean, error = scores[:, index].mean(), scores[:, index].std() / np.sqrt(REPLICATES)
        assert error > 0, f"the likelihood does not depend on {name}"
        assert abs(mean) <= ERRORS * error, (
            f"the mean score of {name} is {mean:.3g} +- {error:.2g} over its own draws: a constant depends on it, "
            "or draws and density are not of one kind"
        )


def _slope(function: Any, y: Any, point: Any, index: int, name: str) -> None:
    step = np.zeros(point.size)
    step[index] = STEP * point[index]
    ahead, behind = (function(y, *(point + s * step))[0] for s in (1, -1))
    numeric, exact = (ahead - behind) / (2 * step[index]), float(function(y, *point)[1 + index])
    # what the log-density itself has lost to rounding the difference cannot have
    rounding = 1e-13 * abs(ahead) / step[index]
    error = abs(numeric - exact)
    assert error <= 1e-6 * abs(exact) + rounding, f"the derivative by {name} is {exact}, the difference {numeric}"
