"""bayesim's samplers on the fields of the comparison."""

from time import process_time

import numpy as np
import pymc as pm

from bayesim.likelihoods import ImagePlane
from bayesim.operators import Coplanar
from bayesim.priors import CorrelatedField, PositiveLaplace
from bayesim.samplers import LogConcave, Start, image_gibbs, nuts, skrock, start
from bayesim.solvers import PolyClean
from benchmarks.peers._posterior import FLUX, NPIX, Run

RATE = NPIX**2 / FLUX
"""``lambda`` of the exponential pixels in 1/Jy: the total flux that it expects is that of the field."""


def solved(field):
    equations = Coplanar(field.statistics)
    problem = LogConcave(equations, PositiveLaplace, rate=RATE)
    return problem, PolyClean().solve(equations, PositiveLaplace(RATE))


def of_images(field, sample, **length):
    problem, mode = solved(field)
    problem.stiffness  # noqa: B018 - its power iteration belongs to neither
    began = process_time()
    tree = sample(problem, start=mode, seed=1, chains=2, **length)
    seconds = process_time() - began
    kept = " ".join(f"{name} {number}" for name, number in length.items())
    return Run(tree["posterior"]["image"].values, seconds, 0.0, f"2 chains, {kept}; {tree.attrs['approximation']}")


def gibbs(field, quick):
    return of_images(field, image_gibbs.sample, draws=100 if quick else 1000, tune=50, thin=2)


def sk_rock(field, quick):
    return of_images(field, skrock.sample, draws=100 if quick else 2000, tune=200)


def timed(model, **how):
    """Return draws, CPU seconds of a run that finds its code compiled, and those of a first run of two draws."""
    began = process_time()
    nuts.sample(model, **{**how, "draws": 2, "tune": 2, "chains": 1})
    compiling = process_time() - began
    began = process_time()
    tree = nuts.sample(model, **how)
    return tree, process_time() - began, compiling


def exponential_nuts(field, quick):
    _, mode = solved(field)
    likelihood = ImagePlane(field.statistics)
    with pm.Model(coords=likelihood.coords) as model:
        likelihood.observe("data", PositiveLaplace(RATE).variable("image", dims=("m", "l")))
    length = 60 if quick else 200
    tree, seconds, compiling = timed(
        model, start=start(mode, model), draws=length, tune=length, chains=2, cores=1, seed=1
    )
    return Run(tree["posterior"]["image"].values, seconds, compiling, f"2 chains, {length} + {length}")


def correlated(field, quick):
    likelihood = ImagePlane(field.statistics)
    with pm.Model(coords=likelihood.coords) as model:
        prior = CorrelatedField(FLUX / NPIX**2 / 2, fluctuations=1.0, level_factor=2.0)
        likelihood.observe("data", prior.variable("image", dims=("m", "l")))
    first = Start(
        values={"image_xi": np.zeros((NPIX, NPIX)), "image_level": np.asarray(FLUX / NPIX**2)},
        spread={"image_xi": np.asarray(0.05)},
        grid=field.grid,
        rule="an even sky",
    )
    length = 60 if quick else 200
    tree, seconds, compiling = timed(model, start=first, draws=length, tune=length, chains=2, cores=1, seed=1)
    diverging = int(tree["sample_stats"]["diverging"].sum())
    return Run(
        tree["posterior"]["image"].values,
        seconds,
        compiling,
        f"2 chains, {length} + {length}, {diverging} divergences",
    )
