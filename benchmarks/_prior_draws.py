"""Draws of priors that have none of their own: an image of a long chain at unit strength, scaled by the strength."""

import numpy as np
import pymc as pm
import xarray as xr

from bayesim.priors import HalfCauchyRate, NoiseScale
from bayesim.samplers import nuts

COUNT, APART = 400, 25
"""Draws, and steps of the chain between two of them."""

NOISE_FACTOR = 2.0
"""The stories' default."""


def of_homogeneous(unit, grid, *, level, scale, seed=7):
    """Return draws of (lambda, noise_scale, image): a penalty of degree 1 in all but the mean, times lambda.

    Parameters
    ----------
    unit : TotalVariation or StarletLaplace
        At rate 1, with the same level.
    grid : Grid
        Of the image.
    level : float
        Standard deviation of the mean pixel in Jy.
    scale : float
        Of the half-Cauchy strength in 1/Jy.
    seed : int
        Of everything.
    """
    with pm.Model(coords=grid.coords) as alone:
        unit.variable("image", dims=("m", "l"))
    tree = nuts.sample(alone, seed=seed, draws=COUNT * APART // 2, tune=500, chains=2, cores=1)
    skies = tree["posterior"]["image"].transpose("chain", "draw", "m", "l").values.reshape(-1, *grid.shape)[::APART]
    with pm.Model():
        scalars = HalfCauchyRate(scale).variable("rate"), NoiseScale(NOISE_FACTOR).variable("noise")
    rate, noise = pm.draw(scalars, draws=COUNT, random_seed=seed)
    mean = level * np.random.default_rng(seed).standard_normal(COUNT)
    # the strength sets the unit of what varies, and leaves the mean alone
    image = (skies - skies.mean(axis=(1, 2), keepdims=True)) / rate[:, None, None] + mean[:, None, None]
    each = {"lambda": ("sample", rate), "noise_scale": ("sample", noise), "image": (("sample", "m", "l"), image)}
    return xr.Dataset(each)
