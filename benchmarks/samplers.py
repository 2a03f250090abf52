"""Log-concave images by SK-ROCK or Gibbs: effective draws at 256 x 256, and the bias against an exact chain.

    python benchmarks/samplers.py [--gibbs] [--npix 256] [--draws 400] [--signed]
    python benchmarks/samplers.py --check [--gibbs] [--npix 64] [--signed]

Prints the median effective sample size, the pixels that fail R-hat <= 1.01 or 400 effective draws, CPU seconds and
calls of the normal operator; ``--gibbs`` takes the sampler with an auxiliary image. With ``--check`` an exact chain
of single pixels samples the same field too (n^2 per sweep, nothing in common with either), and means and standard
deviations are compared.
"""

import argparse
import time

import numpy as np
import xarray as xr

from bayesim.data import PointSource, array, observe
from bayesim.operators import Coplanar, measure
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.samplers import ImageGibbs, LogConcave, SkRock, compare_spread, diagnose, image_gibbs, skrock, streamed
from bayesim.samplers._image_chain import SinglePixels
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

TUNE, SWEEPS = 100, 300


def problem(npix, make):
    """Return a field of 8 sources at SNR 30 and its mode, lambda = 1 / sigma_image."""
    seen = dict(declination=0.6, hour_angles=np.linspace(-0.5, 0.5, 8), frequency=8.4e9, snr=30.0, seed=1)
    cell = 1 / (3 * observe(array("vla.c"), sources=[PointSource(1.0, 0.0, 0.0)], **seen).longest_baseline)
    rng, reach = np.random.default_rng(3), 0.4 * npix * cell
    sources = [PointSource(float(flux), *rng.uniform(-reach, reach, 2)) for flux in rng.exponential(size=8)]
    equations = Coplanar(measure(observe(array("vla.c"), sources=sources, **seen), Grid(npix, cell=cell)))
    rate = equations.sum_weight**0.5
    return LogConcave(equations, make, rate=rate), PolyClean().solve(equations, make(rate))


def exact(setting, *, positive):
    """Return the draws of two Gibbs chains."""
    equations = setting.equations
    every = np.arange(equations.grid.size)
    gram = equations.gram(every, every)
    draws = np.empty((2, SWEEPS, *equations.grid.shape))
    for seed in range(2):
        rng, x = np.random.default_rng(seed), np.zeros(every.size)
        chain = SinglePixels(gram, equations.dirty.ravel(), x, positive=positive)
        for sweep in range(-(SWEEPS // 5), SWEEPS):
            chain.sweep(setting.rate, rng)
            draws[seed, max(sweep, 0)] = x.reshape(equations.grid.shape)
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"image": (("chain", "draw", "m", "l"), draws)})})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npix", type=int)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--gibbs", action="store_true")
    parser.add_argument("--signed", action="store_true")
    asked = parser.parse_args()
    make, sample = Laplace if asked.signed else PositiveLaplace, image_gibbs.sample if asked.gibbs else skrock.sample
    kernel = ImageGibbs() if asked.gibbs else SkRock()
    setting, start = problem(asked.npix or (64 if asked.check else 256), make)
    stages = 1 if asked.gibbs else kernel.time(kernel.at(setting, setting.rate))[1]
    wall, cpu = time.perf_counter(), time.process_time()
    counts = {"draws": asked.draws, "tune": TUNE, "chains": 4}
    if asked.check:
        tree = sample(setting, start=start, seed=1, kernel=kernel, **counts)
        found = diagnose(tree["posterior"]["image"].values)
        size, rhat = found.ess_bulk, found.rhat
    else:
        tree = streamed(setting, start=start, seed=1, kernel=kernel, cores=2, **counts)
        size, rhat = (tree["summary"][name].values for name in ("ess", "rhat"))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    calls = 4 * (asked.draws + TUNE) * stages
    print(tree.attrs["approximation"])
    print(
        f"{size.size} pixels: median effective size {np.median(size):.0f} of {4 * asked.draws} draws, 5 % of pixels "
        f"below {np.quantile(size, 0.05):.0f}; {np.count_nonzero(rhat > 1.01)} pixels with R-hat > 1.01, "
        f"{np.count_nonzero(size < 400)} below 400; {calls} calls, {cpu:.0f} s of CPU, {wall:.0f} s; "
        f"median effective draws per CPU second {np.median(size) / cpu:.2f}"
    )
    if asked.check:
        print(compare_spread(tree, exact(setting, positive=not asked.signed)).sentence)


if __name__ == "__main__":
    main()
