"""NUTS on every pixel of a positive image with inferred lambda and noise scale, 2 chains of 500 + 500.

    python benchmarks/sample.py [--snr 30] [--npix 64] [--default-start]

Prints wall seconds, steps, divergences, R-hat and effective sample sizes, and the time of a draw in units of one
application of the normal operator from Python in the same run. Run it twice: the first run compiles.
"""

import argparse
from time import perf_counter

import numpy as np
import pymc as pm

from bayesim.data import PointSource, array, observe
from bayesim.likelihoods import ImagePlane
from bayesim.operators import Coplanar, measure
from bayesim.priors import HalfCauchyRate, NoiseScale, PositiveLaplace
from bayesim.samplers import diagnose, judge, nuts, start
from bayesim.sky import Grid
from bayesim.solvers import PolyClean


def field(snr, npix):
    rng, reach = np.random.default_rng(3), 0.9e-4 * npix / 64
    sources = [PointSource(float(f), *rng.uniform(-reach, reach, 2)) for f in rng.exponential(size=8)]
    vis = observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=np.linspace(-0.5, 0.5, 28),
        frequency=8.4e9, snr=snr, seed=1,
    )  # fmt: skip
    return vis, Grid(npix, cell=1 / (3 * vis.longest_baseline))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snr", type=float, default=30.0)
    parser.add_argument("--npix", type=int, default=64)
    parser.add_argument("--default-start", action="store_true", help="PyMC's first point in place of the mode")
    asked = parser.parse_args()
    vis, grid = field(asked.snr, asked.npix)
    equations = Coplanar(measure(vis, grid))
    mode = PolyClean(relative_gap=1e-8).solve(equations, PositiveLaplace(0.05 * equations.dirty.max()))
    likelihood = ImagePlane(equations.statistics)
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(equations.sum_weight**0.5).variable("lambda")
        image = PositiveLaplace(rate).variable("image", dims=("m", "l"))
        likelihood.observe("data", image, noise_scale=NoiseScale().variable("noise_scale"))
    first = None if asked.default_start else start(mode, model)
    began = perf_counter()
    tree = nuts.sample(model, start=first, draws=500, tune=500, chains=2, cores=2, seed=1)
    seconds = perf_counter() - began
    steps = float(tree["sample_stats"]["n_steps"].mean())
    began = perf_counter()
    for _ in range(50):
        equations.normal.apply(mode.image)
    apply = (perf_counter() - began) / 50
    verdict = judge(tree)
    pixels = diagnose(tree["posterior"]["image"].values)
    print(
        f"{len(vis)} visibilities, {grid.size} pixels: {seconds:.1f} s in all, {steps:.0f} steps a draw, "
        f"{verdict.divergences} divergences, R-hat up to {verdict.rhat_max:.3f}, effective sample size from "
        f"{min(verdict.ess_bulk_min, verdict.ess_tail_min):.0f}; a step of one chain takes "
        f"{seconds / (1000 * steps) / apply:.1f} x one normal operator, compilation included; "
        f"pixels: median effective size {np.median(pixels.ess_bulk):.0f} of 1000 draws, "
        f"{np.count_nonzero(pixels.rhat > 1.01)} of {grid.size} with R-hat > 1.01, "
        f"{np.count_nonzero(pixels.ess_bulk < 400)} below 400"
    )


if __name__ == "__main__":
    main()
