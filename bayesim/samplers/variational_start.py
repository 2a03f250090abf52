"""Where to start when a mode misleads: the centre and the widths of the best Gaussian of independent variables."""

from typing import Any

import numpy as np

from bayesim.errors import ModelError
from bayesim.samplers._first_point import check_counts, reproducible
from bayesim.samplers.multi_start import untransformed
from bayesim.samplers.start import Start
from bayesim.sky import Grid

__all__ = ["variational_start"]


def variational_start(
    model: Any, *, seed: int, steps: int = 5000, rate: float = 0.01, jitter: float = 0.5, grid: Grid | None = None
) -> Start:
    """Return a start at the mean-field variational fit of a model (ADVI).

    The Gaussian, independent in every transformed variable, that is closest to the posterior in
    ``KL(Gaussian || posterior)``: it follows the bulk of the probability where the mode lies far from it (scales of
    hierarchies). Its widths are those given all other variables, smaller than the marginal ones: they are a start and
    no posterior.

    Parameters
    ----------
    model : pm.Model
        Continuous variables, differentiable.
    seed : int
        Of the stochastic gradients.
    steps : int
        Of the optimiser (Adam), at least 100.
    rate : float
        Its step, positive, in the unit of the transformed variables.
    jitter : float
        Of the first points of the chains, in widths of the fit.
    grid : Grid, optional
        Pixels of the image, for the coordinates of the result.

    Raises
    ------
    ModelError
        Fewer than 100 steps, a rate that is not positive, or a fit that ran away to infinity.

    References
    ----------
    Kucukelbir, Tran, Ranganath, Gelman & Blei 2017, JMLR 18(14).
    """
    # PyMC takes seconds to import, and looking at draws does not need it
    import pymc as pm

    check_counts(**{"steps less 99": steps - 99})
    if not rate > 0:
        raise ModelError(f"rate {rate} must be positive")
    with model, reproducible():
        fit = pm.fit(n=steps, random_seed=seed, obj_optimizer=pm.adam(learning_rate=rate), progressbar=False)
    mean, spread = (
        {rv.name: _of(part, model, rv) for rv in model.free_RVs} for part in (fit.mean_data, fit.std_data)
    )
    if not all(np.isfinite(part).all() for part in [*mean.values(), *spread.values()]):
        raise ModelError(f"the variational fit ran away in {steps} steps of {rate}: take a smaller rate")
    loss, tenth = np.asarray(fit.hist), steps // 10
    fall = float(loss[-2 * tenth : -tenth].mean() - loss[-tenth:].mean())
    rule = (
        f"mean-field variational fit, {steps} steps of Adam; its bound rose by {fall:.2g} in the last tenth of them"
    )
    return Start(values=untransformed(model, mean), spread=spread, jitter=jitter, grid=grid, rule=rule)


def _of(part: Any, model: Any, variable: Any) -> np.ndarray:
    return np.asarray(part[model.rvs_to_values[variable].name], dtype=np.float64)
