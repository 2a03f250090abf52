"""The Gibbs sampler of sources: effective draws per second, cost of a sweep, and that visibilities do not matter.

OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/sources.py [--sources 100 500] [--visibilities 10000 10000000]
"""

import argparse
import time
from dataclasses import replace

import numpy as np

from bayesim.data import from_arrays
from bayesim.operators import Directions
from bayesim.samplers import diagnose, gibbs, source_verdict
from bayesim.sky import Grid
from bayesim.solvers import PointSources, candidates

CELL, PER_BEAM, SNR = 2e-5, 60.0, (7.0, 60.0)


def apart(rng, count, reach):
    """Return places at least ten pixels (some one and a half beams) apart: what a fit can tell apart."""
    kept = np.empty((0, 2))
    while len(kept) < count:
        place = rng.uniform(-reach, reach, 2)
        if not len(kept) or np.hypot(*(kept - place).T).min() > 10 * CELL:
            kept = np.vstack([kept, place])
    return kept.T


def field(sources, visibilities, *, seed=1):
    """Return the candidates of a converged fit of isolated sources."""
    rng = np.random.default_rng(seed)
    npix = int(np.ceil(8 * np.sqrt(PER_BEAM * sources) / 2) * 2)
    grid = Grid(npix, cell=CELL)
    # the longest baseline has a fringe of eight pixels; the same distribution whatever the number
    u, v = 0.5 / (8 * CELL) * np.clip(rng.standard_normal((2, visibilities)), -2, 2)
    flux = np.geomspace(*SNR, sources)
    l, m = apart(rng, sources, 0.48 * grid.fov[0])
    order = np.argsort(-flux)
    flux, l, m = flux[order], l[order], m[order]
    weight = np.full(visibilities, 1.0 / visibilities)
    noise = (rng.standard_normal(visibilities) + 1j * rng.standard_normal(visibilities)) * weight**-0.5
    vis = from_arrays(u, v, noise, weight=weight)
    directions = Directions(vis, grid, coplanar=True)
    # the residual of minus the sources is the noise with the sources added
    vis = replace(vis, data=directions.residual(-flux, l, m).visibilities)
    directions = Directions(vis, grid, coplanar=True)
    for _ in range(3):
        # Gauss-Newton steps to the maximum of the likelihood
        jet = directions.residual(flux, l, m).function.jet(l, m).T
        covariance = np.linalg.inv(directions.information(flux, l, m))
        flux, l, m = np.stack([flux, l, m]) + (covariance @ np.concatenate([jet[0], *(flux * jet[1:3])])).reshape(
            3, -1
        )
    fit = PointSources(
        grid=grid, flux=flux, l=l, m=m, covariance=covariance, fit=directions.residual(flux, l, m).function,
        sum_weight=vis.sum_weight, count=visibilities, converged=True, reason="Gauss-Newton", rounds=0,
    )  # fmt: skip
    return candidates(directions, fit, level=100.0)


def run(found, draws):
    """Return wall and CPU seconds of a run, milliseconds of CPU per sweep, and the draws."""
    start, cpu = time.perf_counter(), time.process_time()
    tree = gibbs.sample(found, seed=1, draws=draws, tune=100)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return wall, cpu, 1e3 * cpu / (4 * tree.attrs["thin"] * (draws + 100)), tree


def product(found):
    """Return milliseconds of CPU of one product with the Gram matrix."""
    change = np.ones(found.pull.size)
    once = time.process_time()
    for _ in range(20):
        found.gram @ change
    return 1e3 * (time.process_time() - once) / 20


def row(sources, visibilities, draws, rounds):
    """Print a line for every number of visibilities: runs take turns, so that a busy machine slows all alike."""
    fields = {count: field(sources, count) for count in visibilities}
    for found in fields.values():
        gibbs.sample(found, seed=0, draws=1, tune=1, chains=1)  # compiled
    turns = [{count: (*run(found, draws), product(found)) for count, found in fields.items()} for _ in range(rounds)]
    first = [turn[visibilities[0]][2] for turn in turns]
    for count in visibilities:
        wall, cpu, sweep, tree, once = next(turn[count] for turn in turns)
        flux = tree["posterior"]["flux"].transpose("chain", "draw", "source").values
        ess = diagnose(flux).ess_bulk
        ratio = np.median([turn[count][2] / other for turn, other in zip(turns, first, strict=True)])
        print(
            f"{sources:5d} sources {count:9d} visibilities: {wall:6.1f} s wall, {cpu:6.1f} s CPU, ESS min "
            f"{ess.min():.0f} median {np.median(ess):.0f}; ESS 400 in {wall * 400 / ess.min():.0f} s; "
            f"{sweep:.2f} ms a sweep = {sweep / once:.2f} products with the Gram = {ratio:.3f} of a sweep of "
            f"{visibilities[0]} visibilities (median of {rounds}); {source_verdict(tree).headline}",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--visibilities", type=int, nargs="+", default=[10_000, 10_000_000])
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    for sources in args.sources:
        row(sources, args.visibilities, args.draws, args.rounds)


if __name__ == "__main__":
    main()
