"""NUTS by PyMC: slower, with the mass matrix of the start."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesim.samplers._first_point import FirstPoint, check_counts, reproducible
from bayesim.samplers._result import provenance, stamped
from bayesim.samplers.start import Start

__all__ = ["sample"]

PRIOR_DRAWS = 10
"""Draws that the first mass matrix counts for, as in PyMC's own start."""


def sample(
    model: Any,
    *,
    seed: int,
    start: Start | None = None,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    cores: int | None = None,
    target_accept: float = 0.9,
    progress: bool = False,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    """Draw from the posterior of a PyMC model; see :func:`bayesim.samplers.nuts.sample` for the parameters.

    The square of the start's spread is the first diagonal of the inverse mass matrix; it is adapted from there.

    Raises
    ------
    ModelError
        A count is below 1 or the start does not fit the model.
    """
    # PyMC takes seconds to import, and looking at draws does not need it
    import pymc as pm

    check_counts(draws=draws, tune=tune, chains=chains)
    origin = Start() if start is None else start
    first = FirstPoint(model, origin)
    with model, reproducible():
        step = pm.NUTS(potential=_mass_matrix(first, seed), target_accept=target_accept, model=model)
        tree = pm.sample(
            draws=draws,
            tune=tune,
            chains=chains,
            cores=cores,
            step=step,
            initvals=[first.point(int(s)) for s in np.random.SeedSequence(seed).generate_state(chains)],
            random_seed=seed,
            progressbar=progress,
            compute_convergence_checks=False,  # the gate judges
            nuts_sampler="pymc",
        )
    attributes = provenance(sampler="NUTS (PyMC)", seed=seed, rule=origin.rule, extra=notes or {})
    return stamped(tree, grid=origin.grid, attributes={**attributes, "draws": draws, "tune": tune, "chains": chains})


def _mass_matrix(first: FirstPoint, seed: int) -> Any:
    # PyMC takes seconds to import, and looking at draws does not need it
    from pymc.step_methods.hmc.quadpotential import QuadPotentialDiagAdapt

    variance = first.variance()
    return QuadPotentialDiagAdapt(
        variance.size,
        initial_mean=first.flat(seed),
        initial_diag=variance,
        initial_weight=PRIOR_DRAWS,
        rng=np.random.default_rng(seed),
    )
