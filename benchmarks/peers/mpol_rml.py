"""bayesim beside MPoL: the same data, the same l1 penalty, gradient descent in PyTorch against PolyClean.

    python benchmarks/peers/mpol_rml.py [--quick]

Needs mpol 0.3 (PyPI, with torch); says so and ends where it is absent. MPoL minimises ``chi^2/(2N) + strength *
sparsity`` over softplus pixels by Adam; its ``strength`` is lambda / N. The objective printed is that of bayesim, by
its own operator on the image that MPoL returns, so that a convention that differs would show; the visibilities of
both are compared first. Times are CPU seconds, ``ratio`` over PolyClean's.
"""

import argparse
import warnings
from time import process_time

import numpy as np
from _short_baselines import short_baselines

from bayesim.conventions import ARCSEC
from bayesim.operators import Coplanar, Nufft, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

ALPHA, GAP = 0.05, 1e-6


def run_mpol(vis, grid, rate, *, iterations, scale):
    """Return CPU seconds, the image in Jy/pixel (rows North, columns West) and MPoL's own visibilities of it."""
    import torch
    from mpol import coordinates, fourier, images, losses

    torch.set_num_threads(1)
    # torchkbnufft mixes precisions otherwise, and stops
    torch.set_default_dtype(torch.float64)
    cell = grid.cell / ARCSEC
    coords = coordinates.GridCoords(cell_size=cell, npix=grid.shape[0])
    base = images.BaseCube(coords, pixel_mapping=lambda b: scale / cell**2 * torch.nn.functional.softplus(b))
    cube, nufft = images.ImageCube(coords), fourier.NuFFT(coords)
    u, v, weight = (torch.as_tensor(np.ascontiguousarray(a)) for a in (vis.u, vis.v, vis.weight))
    data = torch.as_tensor(vis.data)[None]
    optimiser = torch.optim.Adam(base.parameters(), lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, iterations)
    began = process_time()
    for _ in range(iterations):
        optimiser.zero_grad()
        seen = nufft(cube(base()), u, v)
        loss = losses.r_chi_squared(seen, data, weight[None])
        loss = loss + rate / len(vis) * cell**2 * losses.sparsity(cube.packed_cube)
        loss.backward()
        optimiser.step()
        schedule.step()
    seconds = process_time() - began
    with torch.no_grad():
        seen = nufft(cube(base()), u, v)[0].numpy()
        image = cube.sky_cube[0].numpy() * cell**2
    return seconds, image, seen


def compare(*, npix, n_vis, iterations):
    vis, grid = short_baselines(npix=npix, n_vis=n_vis)

    def ours():
        equations = Coplanar(measure(vis, grid))
        return PolyClean(relative_gap=GAP).solve(equations, PositiveLaplace(ALPHA * equations.dirty.max()))

    ours()  # compiles
    began = process_time()
    solution = ours()
    mine = process_time() - began
    # its flip puts the phase centre at column N/2 - 1, ours is at N/2
    operator = Nufft(vis.u, vis.v, Grid(npix, cell=grid.cell, centre=(-grid.cell, 0.0)))
    print(f"{npix} x {npix} px, {n_vis} visibilities, alpha {ALPHA}: PolyClean {mine:.3f} s, objective "
          f"{solution.objective:.6f}, gap {solution.relative_gap:.0e}, {solution.indices.size} pixels")  # fmt: skip
    scale = float(solution.fluxes.max())
    for count in iterations:
        seconds, image, seen = run_mpol(vis, grid, solution.rate, iterations=count, scale=scale)
        # its transform is accurate relative to the total flux, early images have much
        mismatch = np.abs(operator.forward(image) - seen).max() / image.sum()
        assert mismatch < 5e-3, f"visibilities of one image differ by {mismatch:.2g}: a convention is not the same"
        left = vis.data - operator.forward(image)
        objective = 0.5 * float(np.sum(vis.weight * np.abs(left) ** 2)) + solution.rate * float(image.sum())
        above, lit = objective / solution.objective - 1, np.count_nonzero(image > 1e-3 * image.max())
        print(f"  MPoL, {count:5d} steps of Adam {seconds:8.2f} s  objective {above:+.1e} relative  ratio "
              f"{seconds / mine:.0f}  {lit} pixels above a thousandth of the peak  (visibilities agree to "
              f"{mismatch:.0e})", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few steps only")
    quick = parser.parse_args().quick
    # torch deprecates its own functions
    warnings.filterwarnings("ignore", category=FutureWarning)
    try:
        import mpol  # noqa: F401
    except ImportError:
        raise SystemExit("skipped: mpol is not installed (pip install mpol; torch comes with it)") from None
    compare(npix=64, n_vis=400, iterations=(200,) if quick else (300, 3000))


if __name__ == "__main__":
    main()
