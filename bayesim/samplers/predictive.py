"""Posterior predictive draws and pointwise log-likelihood of every visibility, as ArviZ expects them.

An image-plane, support or Gram likelihood is one number; checks and cross-validation need one per visibility. The
twins here evaluate thinned draws in NumPy, so that they need no second model.
"""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.samplers.predictions import Predictions

__all__ = ["LARGEST_GROUP", "pointwise"]

Floats = NDArray[np.float64]

DIMS = ("chain", "draw", "component", "visibility")

LARGEST_GROUP = 1 << 21
"""Numbers in ``posterior_predictive``, and in ``log_likelihood``, that a default run stores: 16 MiB each."""


def pointwise(tree: xr.DataTree, predictions: Predictions, *, seed: int, name: str = "visibilities") -> xr.DataTree:
    """Return the tree with ``posterior_predictive``, ``log_likelihood`` and ``observed_data`` of the visibilities.

    Parameters
    ----------
    tree : DataTree
        Draws.
    predictions : Predictions
        What they, or some of them, predict: :func:`~bayesim.samplers.predicted_image`,
        :func:`~bayesim.samplers.predicted_sources`.
    seed : int
        Of the replicated noise.
    name : str
        Name of the new variable, dims ``("component", "visibility")``, in Jy.

    Returns
    -------
    DataTree
        A new tree; the groups of the old one are kept. Memory: 32 bytes per visibility and draw.
    """
    vis, rng = predictions.vis, np.random.default_rng(seed)
    shape = (*predictions.scale.shape, 2, len(vis))
    replicated, log_likelihood = np.empty(shape), np.empty(shape)
    places = np.ndindex(*predictions.scale.shape)
    for place, (model, scale) in zip(places, predictions, strict=True):
        sigma = scale * np.broadcast_to(vis.weight**-0.5, shape[2:])
        log_likelihood[place] = predictions.log_likelihood(model, scale)
        replicated[place] = _stacked(model) + sigma * rng.standard_normal(shape[2:])
    observed = _coords(vis)
    coords = {**observed, "chain": predictions.chain, "draw": predictions.draw}
    groups = {
        "posterior_predictive": xr.Dataset({name: (DIMS, replicated)}, coords, {"seed": seed}),
        "log_likelihood": xr.Dataset({name: (DIMS, log_likelihood)}, coords),
        "observed_data": xr.Dataset({name: (DIMS[2:], _stacked(vis.data))}, observed),
    }
    return tree.assign({group: xr.DataTree(data) for group, data in groups.items()})


def _stacked(values: NDArray[np.complex128]) -> Floats:
    return np.stack([values.real, values.imag])


def _coords(vis: Visibilities) -> dict[str, object]:
    per_visibility = {
        "baseline_length": np.hypot(vis.u, vis.v),
        "antenna1": vis.antenna1,
        "antenna2": vis.antenna2,
        "time": vis.time,
        "frequency": vis.frequency,
    }
    located = {key: ("visibility", value) for key, value in per_visibility.items()}
    return {"component": ["real", "imag"], "visibility": np.arange(len(vis)), **located}
