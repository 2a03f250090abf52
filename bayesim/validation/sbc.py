"""Simulation-based calibration of a PyMC model: compiled once, sampled for data drawn from its own prior."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers._first_point import check_counts
from bayesim.samplers.adaptation import Diagonal, LowRank
from bayesim.samplers.gate import Limits
from bayesim.validation.image_plane_data import ImagePlaneData
from bayesim.validation.rank_study import rank_study

__all__ = ["sbc"]

Floats = NDArray[np.float64]

LABEL = (
    "NUTS (nutpie), compiled once; every chain starts at the truth, a draw from the posterior: how modes are found "
    "is not tested"
)


def sbc(
    model: Any,
    *,
    seed: int,
    replicates: int = 100,
    names: tuple[str, ...] | None = None,
    kept: int = 99,
    draws: int = 400,
    tune: int = 300,
    chains: int = 2,
    target_accept: float = 0.9,
    adaptation: Diagonal | LowRank | None = None,
    image_plane: ImagePlaneData | None = None,
    prior: xr.Dataset | None = None,
    limits: Limits | None = None,
) -> xr.Dataset:
    """Draw parameters and data from a model, sample the posterior of the data, rank the parameters; many times.

    Test quantities are the scalars; of every array the sum (the total flux of an image) and the element in the
    middle; and ``log_likelihood``.

    Parameters
    ----------
    model : pm.Model
        Continuous variables, with data (of any value: only their number, places and errors count).
    seed : int
        Of everything.
    replicates : int
        Draws from the prior, at least 2.
    names : tuple of str, optional
        Free and deterministic variables; all by default.
    kept : int
        Draws a truth is compared with, evenly spaced in the chains.
    draws, tune, chains : int
        Of every replicate.
    target_accept : float
        Mean acceptance of NUTS.
    adaptation : Diagonal or LowRank, optional
        What every warm-up learns; :class:`~bayesim.samplers.Diagonal` by default. Coordinates that a model has from
        its own data suit no other: :class:`~bayesim.samplers.LowRank` learns those of each replicate.
    image_plane : ImagePlaneData, optional
        Needed where the likelihood is an image-plane one, whose data are not variables of the model.
    prior : Dataset, optional
        Independent draws of all free variables along ``sample``, at least ``replicates``: needed where a prior has
        no draws of its own (total variation).
    limits : Limits, optional
        Gate of each replicate (see :func:`bayesim.validation.rank_study`).

    Returns
    -------
    Dataset
        As :func:`bayesim.validation.rank_study`, with what was done in the attribute ``label``.

    Raises
    ------
    ModelError
        The model has no data or such as cannot be drawn, a name is unknown, a count is too small, the adaptation is
        neither of the two, or a truth of the prior is out of reach of the variable's transform.
    """
    # PyMC takes seconds to import, and looking at ranks does not need it
    from bayesim.validation._compiled_study import CompiledStudy
    from bayesim.validation._swappable import swappable
    from bayesim.validation._test_quantities import scalars

    check_counts(draws=draws, tune=tune, chains=chains)
    shape = Diagonal() if adaptation is None else adaptation
    if not isinstance(shape, Diagonal | LowRank):
        raise ModelError(f"adaptation {shape} is not of every data set: take Diagonal() or LowRank()")
    swap = swappable(model, statistics=None if image_plane is None else image_plane.statistics)
    given = None if prior is None else _given(swap, prior, replicates)
    study = CompiledStudy(swap, scalars(swap, names), image_plane, given)
    settings = {"draws": draws, "tune": tune, "chains": chains, "target_accept": target_accept}

    def sample(data: tuple[Mapping[str, Floats], Floats], chain_seed: int) -> xr.DataTree:
        return study.sampled(*data, seed=chain_seed, settings={**settings, **shape.settings})

    result = rank_study(study.simulated, sample, replicates=replicates, seed=seed, kept=kept, limits=limits)
    return result.assign_attrs(label=f"{LABEL}; {shape.label}", **settings)


def _given(swap: Any, prior: xr.Dataset, replicates: int) -> Iterator[list[Floats]]:
    names = [rv.name for rv in swap.model.free_RVs]
    missing = [name for name in names if name not in prior]
    if missing or prior.sizes.get("sample", 0) < replicates:
        raise ModelError(
            f"the prior draws lack {missing} or are fewer than {replicates}: dims {dict(prior.sizes)}, "
            "one independent draw per replicate along 'sample'"
        )
    for k in range(replicates):
        yield [np.asarray(prior[name].isel(sample=k).values, dtype=np.float64) for name in names]
