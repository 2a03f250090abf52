"""Posterior predictive draws and pointwise log-likelihood of every visibility, for any model of a sky.

An image-plane or support likelihood is one number; checks and cross-validation need one per visibility. The twin here
evaluates thinned draws with an operator in NumPy, so that it needs no second model.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.operators import Operator

__all__ = ["pointwise"]

Floats = NDArray[np.float64]

DIMS = ("chain", "draw", "component", "visibility")


@dataclass(frozen=True, eq=False)
class _Twin:
    vis: Visibilities
    operator: Operator
    rng: np.random.Generator

    def __call__(self, sky: Floats, scale: float) -> tuple[Floats, Floats]:
        """Return replicated data and log-likelihood, both (2, n), of one draw."""
        model = _stacked(self.operator.forward(np.asarray(sky, dtype=np.float64)))
        sigma = scale * np.broadcast_to(self.vis.weight**-0.5, model.shape)
        pull = (_stacked(self.vis.data) - model) / sigma
        log_likelihood = -0.5 * np.square(pull) - np.log(sigma) - 0.5 * np.log(2 * np.pi)
        return model + sigma * self.rng.standard_normal(model.shape), log_likelihood


def pointwise(
    tree: xr.DataTree,
    vis: Visibilities,
    operator: Operator,
    *,
    seed: int,
    draws: int = 100,
    image: str = "image",
    noise_scale: str = "noise_scale",
    name: str = "visibilities",
) -> xr.DataTree:
    """Return the tree with ``posterior_predictive``, ``log_likelihood`` and ``observed_data`` of the visibilities.

    Parameters
    ----------
    tree : DataTree
        With a ``posterior`` that holds the image and, where it was free, the noise scale.
    vis : Visibilities
        The data.
    operator : Operator
        From one draw of the image, (rows, columns) or (k,), to ``vis``.
    seed : int
        Of the replicated noise.
    draws : int
        Draws kept of every chain, evenly thinned, at least 1; all when there are fewer.
    image, noise_scale : str
        Names of the variables in the posterior.
    name : str
        Name of the new variable, dims ``("component", "visibility")``, in Jy.

    Returns
    -------
    DataTree
        A new tree; the groups of the old one are kept.

    Raises
    ------
    ModelError
        No such image, or the operator has another shape.
    """
    if draws < 1:
        raise ModelError(f"draws {draws} must be at least 1")
    if "posterior" not in tree.children or image not in tree["posterior"]:
        raise ModelError(f"the tree has no posterior draws of {image!r}")
    posterior = tree["posterior"].to_dataset()
    thinned = posterior.isel(draw=slice(None, None, max(1, posterior.sizes["draw"] // draws)))
    sky = thinned[image].transpose("chain", "draw", ...).values
    if sky.shape[2:] != operator.shape or operator.n_vis != len(vis):
        raise ModelError(
            f"the operator maps {operator.shape} to {operator.n_vis} visibilities; draws have shape {sky.shape[2:]} "
            f"and there are {len(vis)} visibilities"
        )
    scale = thinned[noise_scale].values if noise_scale in thinned else np.ones(sky.shape[:2])
    twin = _Twin(vis, operator, np.random.default_rng(seed))
    pairs = [[twin(x, s) for x, s in zip(xs, ss, strict=True)] for xs, ss in zip(sky, scale, strict=True)]
    replicated, log_likelihood = np.moveaxis(np.array(pairs), 2, 0)
    coords = {**_coords(vis), "chain": thinned["chain"], "draw": thinned["draw"]}
    observed = {key: value for key, value in coords.items() if key not in ("chain", "draw")}
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
