"""Draw ``demo.png``, the picture of the README, from the results of ``bayesim demo --out FOLDER``."""

import argparse
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from bayesim import maps, plots
from bayesim.data import example
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean


def main() -> None:
    """Read the draws, solve the mode again (a second), and draw four panels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    vis, _ = example(seed=1)
    grid = Grid(512, cell=1 / (8 * vis.longest_baseline))
    statistics = measure(vis, grid)
    equations = Coplanar(statistics)
    beam = maps.fit_beam(statistics.psf, cell=grid.cell)
    solution = PolyClean(relative_gap=1e-8).solve(equations, PositiveLaplace(0.0211 * equations.dirty.max()))
    with xr.open_datatree(folder / "posterior.nc") as tree:
        seen = maps.restored_posterior(maps.on_pixels(tree, grid), grid, beam)
    figure = Figure(figsize=(15, 3.6), layout="constrained")
    axes = np.asarray(figure.subplots(1, 4), dtype=object)
    plots.image(maps.dirty(equations, beam=beam), axes[0])
    plots.image(seen.mean, axes[1], title="Posterior mean")
    plots.image(seen.sd, axes[2], title="Posterior standard deviation")
    plots.certificate(solution, axes[3])
    axes[3].set_title("Dual certificate", loc="left", fontsize=11)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    main()
