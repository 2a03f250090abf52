"""NUTS over flux and position of listed sources, by exact sums over the visibilities: a check of the Gibbs sampler.

It shares nothing with :mod:`bayesim.samplers.gibbs` but the model: no interpolation between nodes, no Gram matrix, no
conditional laws.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesim.errors import ModelError
from bayesim.operators import Directions
from bayesim.priors import GammaRate
from bayesim.samplers import nuts
from bayesim.samplers.start import Start
from bayesim.solvers.candidates import REACH
from bayesim.solvers.point_sources import PointSources

__all__ = ["sample", "source_model"]

RULE = "the off-grid fit; positions in units of the Cholesky factors of the Fisher covariance"


def source_model(directions: Directions, points: PointSources, *, rate: GammaRate | None = None) -> Any:
    """Return the PyMC model of sources that are all there.

    Fluxes ``p(f) = lambda exp(-lambda f)``, positions even in a square of 3.5 standard deviations to each side of the
    fit, the logarithm of the noise scale even; lambda as in :func:`bayesim.samplers.gibbs.sample`.

    Parameters
    ----------
    directions : Directions
        The data, with or without w. A response counts with its value at the fitted positions.
    points : PointSources
        The sources, positive.
    rate : GammaRate, optional
        Hyper-prior of lambda, by default as for the Gibbs sampler.

    Raises
    ------
    ModelError
        There is no source, or one is negative.
    """
    # PyMC takes seconds to import, and looking at draws does not need it
    import pymc as pm
    import pytensor.tensor as pt

    from bayesim.likelihoods import ComplexGaussian
    from bayesim.sources import Points

    if not points.size or np.any(points.flux <= 0):
        raise ModelError(
            f"{points.size} sources, {np.count_nonzero(points.flux <= 0)} not positive: nothing to check"
        )
    prior = GammaRate(1.0, points.sum_weight**0.5) if rate is None else rate
    widths = np.linalg.cholesky(points.position_covariance * max(1.0, points.reduced_chi2))
    likelihood = ComplexGaussian(directions.vis)
    u, v, w = likelihood.baselines
    coords = {**likelihood.coords, "source": np.arange(points.size), "axis": [0, 1]}
    with pm.Model(coords=coords) as model:
        flux = pm.Exponential("flux", prior.variable("lambda"), dims="source")
        z = pm.Uniform("z", -REACH, REACH, dims=("source", "axis"))
        scale = pm.Deterministic("noise_scale", pt.exp(pm.Flat("log_noise_scale")))
        moved = (widths * z[:, None, :]).sum(axis=-1)
        l = pm.Deterministic("l", points.l + moved[:, 0], dims="source")
        m = pm.Deterministic("m", points.m + moved[:, 1], dims="source")
        pm.Deterministic("total_flux", flux.sum())
        seen = Points(flux * directions.sensitivity(points.l, points.m).value, l, m)
        visible = seen.visibility(u, v) if directions.coplanar else seen.visibility(u, v, w)
        likelihood.observe("visibilities", visible, noise_scale=scale)
    return model


def sample(
    directions: Directions,
    points: PointSources,
    *,
    seed: int,
    rate: GammaRate | None = None,
    draws: int = 1000,
    tune: int = 500,
    chains: int = 4,
    cores: int | None = None,
    notes: Mapping[str, str | int | float] | None = None,
) -> xr.DataTree:
    """Draw flux and position of sources of a fit, together with lambda and the noise scale.

    Cost grows with ``visibilities x sources``: for small fields.

    Parameters
    ----------
    directions : Directions
        The data.
    points : PointSources
        The sources: from :class:`bayesim.solvers.OffGrid`, all of them taken for certain.
    seed : int
        Same seed, same draws.
    rate : GammaRate, optional
        Hyper-prior of lambda, by default as for the Gibbs sampler.
    draws, tune, chains, cores : int
        As of :func:`bayesim.samplers.nuts.sample`.
    notes : mapping of str to plain values, optional
        Added to the root attributes.

    Returns
    -------
    DataTree
        ``posterior`` with ``flux`` (Jy), ``l`` and ``m`` (radian) on ``source``, and ``lambda`` (1/Jy),
        ``noise_scale`` and ``total_flux`` (Jy): the names of the Gibbs sampler.

    Raises
    ------
    ModelError
        There is no source, one is negative, or a count is below 1.
    """
    model = source_model(directions, points, rate=rate)
    scale = max(1.0, points.reduced_chi2) ** 0.5
    errors = points.standard_errors[0] * scale
    first = Start(
        values={"flux": points.flux, "z": np.zeros((points.size, 2)), "log_noise_scale": np.log(scale)},
        # z moves by one standard deviation where its transform, logit over twice the reach, moves by 4 / (2 reach)
        spread={
            "flux": errors / points.flux,
            "z": np.asarray(2.0 / REACH),
            "log_noise_scale": np.asarray(0.5 * points.count**-0.5),
        },
        rule=RULE,
    )
    label = "point sources of a fit, all taken for certain; exponential fluxes; exact sums over the visibilities"
    return nuts.sample(
        model,
        seed=seed,
        start=first,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        notes={"label": label, **(notes or {})},
    )
