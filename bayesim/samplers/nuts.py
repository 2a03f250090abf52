"""NUTS by nutpie: chains in parallel threads, first points from the mode."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import xarray as xr

from bayesim.samplers._affine import WHITE
from bayesim.samplers._first_point import FirstPoint, check_counts, reproducible
from bayesim.samplers._result import provenance, stamped
from bayesim.samplers.adaptation import Adaptation, Diagonal
from bayesim.samplers.start import Start

__all__ = ["sample"]


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
    adaptation: Adaptation | None = None,
    progress: bool = False,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    """Draw from the posterior of a PyMC model.

    Parameters
    ----------
    model : pm.Model
        Continuous variables only.
    seed : int
        Same seed, same draws, whatever the number of cores and whether the code was in the cache.
    start : Start, optional
        First points; PyMC's own by default (poor at high signal to noise).
    draws, tune, chains : int
        Kept draws and warm-up draws of every chain, at least 1 each.
    cores : int, optional
        Chains at a time; all processors by default.
    target_accept : float
        Mean acceptance that fixes the step, in (0, 1). At 0.8 a support of 57 pixels at signal to noise 300 had 1
        divergence per 2000 draws (3 seeds), at 0.9 none, for a quarter more steps.
    adaptation : Diagonal, LowRank or Whitened, optional
        What the warm-up learns; :class:`~bayesim.samplers.Diagonal` by default,
        :class:`~bayesim.samplers.LowRank` where variables are strongly correlated,
        :class:`~bayesim.samplers.Whitened` where their mode tells how.
    progress : bool
        Whether a bar is drawn.
    notes : mapping of str to plain values, optional
        Added to the root attributes: hash of the data, label of the likelihood, approximations.

    Returns
    -------
    DataTree
        Groups ``posterior`` and ``sample_stats``.

    Raises
    ------
    ModelError
        A count is below 1 or the start does not fit the model.

    Notes
    -----
    nutpie has no entry for an initial mass matrix: its diagonal begins as ``1/|gradient|`` at the first point and
    is then learnt from draws and gradients (nuts-rs, ``DiagAdaptation``). The spread of the start therefore only
    sets how far apart the chains begin; :func:`bayesim.samplers.pymc_nuts.sample` also uses it as a mass matrix.
    """
    # nutpie and PyMC take seconds to import, and looking at draws needs neither
    import nutpie

    check_counts(draws=draws, tune=tune, chains=chains)
    shape = adaptation or Diagonal()
    target, origin = shape.coordinates(model, Start() if start is None else start)
    first = FirstPoint(target, origin)
    with reproducible():
        compiled = replace(nutpie.compile_pymc_model(target), initial_point_func=first.flat)
    tree = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        seed=seed,
        target_accept=target_accept,
        progress_bar=progress,
        save_warmup=False,
        **shape.settings,
    )
    tree["posterior"] = tree["posterior"].to_dataset().drop_vars([WHITE, f"{WHITE}_dim_0"], errors="ignore")
    attributes = provenance(sampler="NUTS (nutpie)", seed=seed, rule=origin.rule, extra=notes or {})
    counts = {"draws": draws, "tune": tune, "chains": chains, "mass_matrix": shape.label}
    return stamped(tree, grid=origin.grid, attributes={**attributes, **counts})
