"""The convergence gate for sources that come and go."""

from typing import Any

import numpy as np
import xarray as xr

from bayesim.errors import ModelError
from bayesim.samplers.gate import Limits, Verdict, judge
from bayesim.solvers.candidates import LISTED

__all__ = ["source_verdict"]

_ALWAYS = 0.99
"""Inclusion probability from which a position is a draw of the source and hardly ever of the proposal."""


def source_verdict(tree: xr.DataTree, *, limits: Limits | None = None) -> Verdict:
    """Judge scalars, fluxes of likely sources and positions of certain ones.

    The flux of an unlikely source is zero in nearly every draw, which has no rank statistics; what such sources do
    together is judged through the total flux and, where it varies, their number.

    Parameters
    ----------
    tree : DataTree
        From :func:`bayesim.samplers.gibbs.sample`.
    limits : Limits, optional
        The bars of the package by default.

    Raises
    ------
    ModelError
        The tree is of another sampler.
    """
    missing = sorted({"flux", "included", "total_flux"} - set(map(str, tree["posterior"].data_vars)))
    if missing:
        raise ModelError(f"the posterior has no {', '.join(missing)}: it does not hold sources")
    posterior: Any = tree["posterior"].to_dataset()
    probability = posterior["included"].mean(("chain", "draw")).values
    likely, certain = np.flatnonzero(probability > LISTED), np.flatnonzero(probability > _ALWAYS)
    judged = posterior[["lambda", "noise_scale", "density"]]
    for name in ("number", "total_flux", "background_flux"):
        # a field without candidates is empty in every draw
        if name in posterior and posterior[name].values.std() > 0:
            judged[name] = posterior[name]
    if likely.size:
        judged["flux"] = _named(posterior["flux"], likely, "likely")
    for name in ("l", "m"):
        if certain.size:
            judged[name] = _named(posterior[name], certain, "certain")
    return judge(xr.DataTree.from_dict({"posterior": judged}), limits=limits)


def _named(draws: Any, sources: Any, dim: str) -> Any:
    """Return the draws of some sources, on a dimension of their own that keeps their numbers."""
    some = draws.isel(source=sources).reset_coords(drop=True).drop_vars("source", errors="ignore")
    return some.rename(source=dim).assign_coords({dim: sources})
