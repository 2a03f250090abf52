"""Models of the same data compared by what they predict of data left out."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from bayesim.errors import ModelError

__all__ = ["Prediction", "compare"]


@dataclass(frozen=True)
class Prediction:
    """How well one model predicts each datum from all others.

    Parameters
    ----------
    elpd : float
        Sum over the data of the log-density of each given all others, by Pareto-smoothed importance sampling
        (PSIS-LOO; Vehtari, Gelman & Gabry 2017, Stat. Comput. 27, 1413). Larger is better.
    se : float
        Standard error of ``elpd`` from its spread over the data.
    difference, difference_se : float
        ``elpd`` less that of the best model, 0 or negative, and the standard error of that difference.
    effective_parameters : float
        How much ``elpd`` falls short of the fit to the data themselves.
    pareto_k : float
        Largest shape of the tails of the weights. Above 0.7 the number is not to be trusted.
    untrusted : int
        Data with such a shape.
    """

    elpd: float
    se: float
    difference: float
    difference_se: float
    effective_parameters: float
    pareto_k: float
    untrusted: int


def compare(fits: Mapping[str, tuple[Any, xr.DataTree]]) -> dict[str, Prediction]:
    """Compare models by leave-one-out cross-validation, the best first.

    Parameters
    ----------
    fits : mapping of str to (pm.Model, DataTree)
        By name: each model and its draws. All observe the same data, datum by datum (not through a potential).

    Returns
    -------
    dict of str to Prediction
        In the order of ``elpd``. A difference of a few standard errors and of more than 4 or so is a preference.

    Raises
    ------
    ModelError
        There is no model, or the models do not have the same number of data.
    """
    if not fits:
        raise ModelError("there is nothing to compare: give at least one model with its draws")
    pointwise = {name: _left_out(model, tree) for name, (model, tree) in fits.items()}
    counts = {name: found[0].size for name, found in pointwise.items()}
    if len(set(counts.values())) != 1:
        raise ModelError(f"the models have {counts} data: compare fits of the same data")
    order = sorted(pointwise, key=lambda name: -pointwise[name][0].sum())
    best, size = pointwise[order[0]][0], counts[order[0]]
    table = {}
    for name in order:
        elpd, shape, effective = pointwise[name]
        table[name] = Prediction(
            elpd=float(elpd.sum()),
            se=float(np.sqrt(size * elpd.var())),
            difference=float((elpd - best).sum()),
            difference_se=float(np.sqrt(size * (elpd - best).var())),
            effective_parameters=effective,
            pareto_k=float(shape.max()),
            untrusted=int(np.count_nonzero(~(shape <= TRUSTED))),
        )
    return table


TRUSTED = 0.7
"""Pareto shape above which importance weights are not believed (the same paper, section 2.1)."""


def _left_out(model: Any, tree: xr.DataTree) -> tuple[np.ndarray, np.ndarray, float]:
    """Return density and Pareto shape of every datum left out, all observed variables in one row."""
    # PyMC and ArviZ take seconds to import, and looking at draws needs neither
    import arviz
    import pymc as pm

    names = [variable.name for variable in model.observed_RVs]
    if not names:
        raise ModelError("the model observes no variable datum by datum: a potential cannot be left out in parts")
    free = xr.DataTree.from_dict({"posterior": tree["posterior"].to_dataset()[[v.name for v in model.free_RVs]]})
    with model:
        found = pm.compute_log_likelihood(free, progressbar=False)
    with warnings.catch_warnings():
        # counted in Prediction.untrusted
        warnings.filterwarnings("ignore", message="Estimated shape parameter of Pareto", category=UserWarning)
        results = [arviz.loo(found, var_name=name, pointwise=True) for name in names]
    elpd = np.concatenate([np.ravel(result.elpd_i) for result in results])
    shape = np.concatenate([np.ravel(result.pareto_k) for result in results])
    return elpd, shape, float(sum(result.p for result in results))
