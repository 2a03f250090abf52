"""PolyCLEAN against what any method needs: one dirty image and one PSF of the same data, in the same run.

    python benchmarks/solve.py [--quick | --large]

Data are found through ``BAYESIM_DATA`` (default ``../shared/data``). Rows: the PolyCLEAN paper's experiment I,
coplanar and with w, at pixels of 2, 5 and 10 to the resolution element, at two gaps, and LOFAR core stations at six
degrees. ``seconds`` run from the visibilities to the certified mode, preparation and dirty image included; ``ratio``
is over the time of a dirty image and a PSF at the same pixels, without w. ``--large`` solves 10 000 x 10 000 pixels,
leaves the grid, and prints the peak memory of the process.
"""

import argparse
import os
import resource
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from bayesim.data import PointSource, observe, read
from bayesim.data.arrays import array
from bayesim.operators import Coplanar, Directions, WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import OffGrid, PolyClean, lambda_max

THREADS = 2


def solved(vis, grid, *, alpha, gap, coplanar=False, response=None, threads=THREADS, clock=perf_counter):
    """Return seconds and the solution, from the visibilities on."""
    began = clock()
    if coplanar:
        equations = Coplanar(measure(vis, grid, threads=threads, response=response), threads=threads)
    else:
        equations = WideField(vis, grid, threads=threads, response=response)
    rate = alpha * lambda_max(equations, PositiveLaplace(1.0))
    solution = PolyClean(relative_gap=gap).solve(equations, PositiveLaplace(rate))
    return clock() - began, solution


def case(name, vis, grid, *, alpha, gap, coplanar=False, response=None):
    began = perf_counter()
    measure(vis, grid, threads=THREADS, tolerance=1e-7)
    images = perf_counter() - began
    seconds, solution = solved(vis, grid, alpha=alpha, gap=gap, coplanar=coplanar, response=response)
    print(
        f"{name:20s} {grid.shape[0]:5d} px  alpha {alpha:5.3f}  gap {solution.relative_gap:7.1e}  certificate "
        f"{solution.max_certificate:.5f}  atoms {solution.indices.size:4d}  residuals {len(solution.history):2d}  "
        f"{seconds:6.2f} s  dirty + PSF {images:5.2f} s  ratio {seconds / images:5.1f}",
        flush=True,
    )


def large():
    """200 point sources on 5 degrees, 80 antennas at a wavelength that puts the longest baseline near 1000."""
    layout = array("meerkat")
    rng = np.random.default_rng(6)
    half = np.radians(2.4)
    places, fluxes = rng.uniform(-half, half, (200, 2)), rng.lognormal(-2.3, 1.0, 200).clip(0.02, 1)
    sources = [PointSource(flux, l, m) for flux, (l, m) in zip(fluxes, places, strict=True)]
    vis = observe(layout, sources=sources, declination=-0.8, hour_angles=np.linspace(-1.5, 1.5, 146),
                  frequency=1.7e7, snr=470, seed=6)  # fmt: skip
    grid = Grid.spanning("5deg", npix=10_000)
    seconds, solution = solved(replace(vis, antenna_names=()), grid, alpha=0.02, gap=1e-4)
    began = perf_counter()
    points = OffGrid().refine(Directions(vis, grid, threads=THREADS), solution)
    sliding = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{grid.shape[0]} x {grid.shape[1]} px, {len(vis)} visibilities to {vis.longest_baseline:.0f} wavelengths:")
    print(f"  gap {solution.relative_gap:.1e}, {solution.indices.size} atoms, certificate on a lattice of")
    print(f"  {solution.fit.samples().size} points, {seconds:.1f} s")
    print(f"  {points.size} of {len(sources)} sources off the grid, {sliding:.1f} s: {points.reason}")
    print(f"  peak memory {peak:.2f} GiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest case only")
    parser.add_argument("--large", action="store_true", help="10 000 x 10 000 pixels only")
    chosen = parser.parse_args()
    if chosen.large:
        large()
        return
    root = Path(os.environ.get("BAYESIM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    cases = (("exp1_r300", 144), ("exp1_r300", 360), ("exp1_r600", 288), ("exp1_r600", 720), ("exp1_r600", 1440))
    for name, npix in cases[: 1 if chosen.quick else None]:
        grid = Grid.spanning("5deg", npix=npix)
        # the paper's data carry the 1/n factor
        response = 1 / (1 + grid.n_minus_1)
        for key, coplanar in (("vis_w0", True), ("vis", False)):
            vis = read(root / "simulated" / f"{name}.npz", vis=key)
            for gap in (1e-4, 1e-6):
                kind = "w = 0" if coplanar else "with w"
                case(f"{name} {kind}", vis, grid, alpha=0.02, coplanar=coplanar, gap=gap, response=response)
    if chosen.quick:
        return
    lofar = read(root / "lofar_bootes" / "ssms.ms")
    for alpha in (0.05, 0.02, 0.005):
        case("LOFAR core with w", lofar, Grid.spanning("6deg", npix=1024), alpha=alpha, gap=1e-4)


if __name__ == "__main__":
    main()
