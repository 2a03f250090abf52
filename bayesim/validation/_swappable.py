"""A model whose data can be replaced without compiling it again: the same graph, its data in shared variables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.model.fgraph import ModelObservedRV, fgraph_from_model, model_from_fgraph
from pytensor.graph.traversal import ancestors

from bayesim.errors import ModelError
from bayesim.operators.graph import QuadraticOp, quadratic
from bayesim.operators.normal import Normal
from bayesim.operators.statistics import Statistics

__all__ = ["DIRTY", "ENERGY", "Swappable", "swappable"]

DIRTY, ENERGY = "_dirty", "_energy"
"""Names of the data of an image-plane likelihood."""


@dataclass(frozen=True, eq=False)
class Swappable:
    """A copy of a model, and its data.

    Parameters
    ----------
    model : pm.Model
        Computes what the original does.
    data : mapping of str to shared variable
        By the name of the observed variable; those of an image-plane likelihood are called ``_dirty``, ``_energy``.
    image : PyTensor variable or None
        The image that an image-plane likelihood sees.
    log_likelihood : PyTensor scalar
        Of the data in place.
    """

    model: Any
    data: Mapping[str, Any]
    image: Any | None
    log_likelihood: Any


def swappable(model: Any, *, statistics: Statistics | None) -> Swappable:
    """Return a copy of the model with its data in shared variables; the model itself is left as it is.

    Parameters
    ----------
    model : pm.Model
        With observed variables, at most one image-plane likelihood, and no other potential.
    statistics : Statistics or None
        Of the image-plane likelihood.

    Raises
    ------
    ModelError
        There are no data, or data that cannot be replaced.
    """
    graph = _graph_of(model)
    nodes = graph.toposort()
    images = [node for node in nodes if isinstance(node.op, QuadraticOp)]
    _check(model, len(images), statistics)
    data: dict[str, Any] = {}
    for node in nodes:
        if isinstance(node.op, ModelObservedRV):
            data |= _replace_observed(graph, node)
    for node in images:
        data |= _replace_image_plane(graph, node, statistics)
    copy = model_from_fgraph(graph, mutate_fgraph=True)
    parts = [pt.sum(pm.logp(rv, copy.rvs_to_values[rv])) for rv in copy.observed_RVs] + list(copy.potentials)
    seen = [
        each.owner for each in ancestors(copy.potentials) if each.owner and isinstance(each.owner.op, QuadraticOp)
    ]
    return Swappable(
        model=copy,
        data=data,
        image=seen[0].inputs[0] if seen else None,
        log_likelihood=sum(parts[1:], start=parts[0]),
    )


def _graph_of(model: Any) -> Any:
    """Return the graph without initial values, which PyMC does not convert: chains start at the truth."""
    first = model.rvs_to_initial_values
    own = dict(first)
    first.update(dict.fromkeys(own))
    try:
        graph, _ = fgraph_from_model(model)
    finally:
        first.update(own)
    return graph


def _check(model: Any, images: int, statistics: Statistics | None) -> None:
    if not model.observed_RVs and not model.potentials:
        raise ModelError("the model has no data: there is nothing to calibrate")
    if len(model.potentials) != images or images > 1:
        raise ModelError(
            f"{len(model.potentials)} potentials and {images} image-plane likelihoods: how to draw data is known for "
            "observed variables and for one image-plane likelihood; use rank_study with a simulator of your own"
        )
    if images and statistics is None:
        raise ModelError("the model has an image-plane likelihood: pass image_plane=ImagePlaneData(vis, statistics)")


def _replace_observed(graph: Any, node: Any) -> dict[str, Any]:
    name, value = node.op.name, node.inputs[1]
    if not hasattr(value, "data"):
        raise ModelError(f"the data of {name} are computed: pass plain numbers to observed=")
    shared = pytensor.shared(np.array(value.data), name=f"_data_{name}", shape=value.type.shape)
    graph.change_node_input(node, 1, shared, import_missing=True)
    return {name: shared}


def _replace_image_plane(graph: Any, node: Any, statistics: Any) -> dict[str, Any]:
    """Take the dirty image out of the operator; a shared one, and the change of the energy, add to its value.

    ``log L`` holds ``y'Wy - 2 value``, so ``value`` takes ``-1/2`` of the change of ``y'Wy``.
    """
    image, old = node.inputs[0], node.op.normal
    if not np.array_equal(old.dirty, statistics.dirty):
        raise ModelError("the statistics are not those of the model's image-plane likelihood: pass the same object")
    dirty = pytensor.shared(np.array(statistics.dirty), name=DIRTY, shape=old.shape)
    energy = pytensor.shared(np.array(statistics.energy), name=ENERGY)
    value, _ = quadratic(Normal(replace(statistics, dirty=np.zeros(old.shape)), threads=old.threads), image)
    change = energy - statistics.energy
    graph.replace(node.outputs[0], value + pt.sum(dirty * image) - 0.5 * change, import_missing=True)
    return {DIRTY: dirty, ENERGY: energy}
