"""PolyCLEAN against what any method needs: one dirty image and one PSF of the same data, in the same run.

    python benchmarks/solve.py [--quick]

Data are found through ``BAYESIM_DATA`` (default ``../shared/data``). Rows: the PolyCLEAN paper's experiment I,
coplanar and with w, and LOFAR core stations at six degrees. ``ratio`` is the solver's time over that of dirty image
and PSF.
"""

import argparse
import os
from pathlib import Path
from time import perf_counter

from bayesim.data import read
from bayesim.operators import Coplanar, WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

THREADS = 2


def case(name, vis, grid, *, alpha, coplanar, gap):
    began = perf_counter()
    measure(vis, grid, threads=THREADS, tolerance=1e-7)
    images = perf_counter() - began
    # the paper's data carry the 1/n factor
    response = 1 / (1 + grid.n_minus_1) if name.startswith("exp1") else None
    if coplanar:
        equations = Coplanar(measure(vis, grid, threads=THREADS, response=response), threads=THREADS)
    else:
        equations = WideField(vis, grid, threads=THREADS, response=response)
    prior = PositiveLaplace(alpha * equations.dirty.max())
    began = perf_counter()
    solution = PolyClean(relative_gap=gap).solve(equations, prior)
    seconds = perf_counter() - began
    print(
        f"{name:28s} {grid.shape[0]:5d} px  alpha {alpha:5.3f}  gap {solution.relative_gap:7.1e}  "
        f"certificate {solution.max_certificate:.5f}  atoms {solution.indices.size:4d}  cycles "
        f"{len(solution.history):2d}  {seconds:6.2f} s  dirty + PSF {images:5.2f} s  ratio {seconds / images:5.1f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest case only")
    quick = parser.parse_args().quick
    root = Path(os.environ.get("BAYESIM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    for name, npix in (("exp1_r300", 144), ("exp1_r300", 360), ("exp1_r600", 720))[: 1 if quick else None]:
        grid = Grid.spanning("5deg", npix=npix)
        for key, coplanar in (("vis_w0", True), ("vis", False)):
            vis = read(root / "simulated" / f"{name}.npz", vis=key)
            case(f"{name} {'w = 0' if coplanar else 'with w'}", vis, grid, alpha=0.02, coplanar=coplanar, gap=1e-6)
    if quick:
        return
    lofar = read(root / "lofar_bootes" / "ssms.ms")
    for alpha in (0.05, 0.02):
        case("LOFAR core with w", lofar, Grid.spanning("6deg", npix=1024), alpha=alpha, coplanar=False, gap=1e-4)


if __name__ == "__main__":
    main()
