"""Diffuse emission (experiment III of the PolyCLEAN paper): dictionaries against WSClean's multiscale CLEAN, one run.

    python benchmarks/diffuse.py [--with-w] [--skip-wsclean] [--alpha 0.02]

M31 (256 px, 6.5 deg) seen by the 251 SKA-LOW stations within 1000 m of their mean position, at 100 MHz, declination
-45 deg, 11 times 2880 s apart: 345 125 visibilities, longest baseline 605 wavelengths (the paper's number). Noise:
PSNR 20 dB, sigma = max|V| / 10 / sqrt 2 of a real component. Data are found through ``BAYESIM_DATA`` (default
``../shared/data``). MSE and MAD (mean absolute deviation) in Jy/pixel of the model image, and after convolution with
half the CLEAN beam, as in the paper's Table 4. Times are processor seconds of the whole job (of both threads where
there are two) and wall seconds; both start from the data in memory or on disk and end with the model image.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from _measurement_set import write_measurement_set
from astropy.io import fits
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from bayesim.data import Array, from_arrays, observe
from bayesim.maps import fit_beam
from bayesim.operators import Coplanar, Nufft, Wide, WideField, gaussians, measure, starlet
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, refit_synthesis, solve_synthesis

ROOT = Path(os.environ.get("BAYESIM_DATA", Path(__file__).parents[2] / "shared" / "data"))
WSCLEAN = {
    "WSClean multiscale": "-multiscale-scale-bias 0.6 -auto-threshold 1 -auto-mask 3 -mgain 0.8 -niter 100000",
    "WSClean, the paper's options": "-auto-threshold 1 -mgain 0.7 -niter 10000",
}


def simulated(*, coplanar, seed):
    stations = np.loadtxt(ROOT / "ska_low" / "LOWBD2.csv", delimiter=",")
    stations[:, :2] -= stations[:, :2].mean(axis=0)
    stations = stations[np.hypot(stations[:, 0], stations[:, 1]) < 1000.0] * (1, 1, 0)
    site = {"latitude": np.radians(-26.8247), "longitude": np.radians(116.7644)}
    low = Array.from_enu("SKA-LOW core", stations, **site, diameter=38.0)
    hours = (np.arange(11) - 5) * 2880 / 86400 * 2 * np.pi
    centre = {"declination": np.radians(-45), "right_ascension": np.radians(15)}
    path = observe(low, **centre, hour_angles=hours, frequency=1e8, sigma=1.0, seed=None)
    grid = Grid.spanning("6.5deg", npix=256)
    truth = fits.getdata(ROOT / "truths" / "M31.fits")[0, 0].astype(float)
    if coplanar:
        model = Nufft(path.u, path.v, grid, tolerance=1e-12).forward(truth)
    else:
        model = Wide(path.u, path.v, path.w, grid, tolerance=1e-10).forward(truth)
    sigma = np.abs(model).max() / 10 / np.sqrt(2)
    rng = np.random.default_rng(seed)
    noise = sigma * (rng.standard_normal(model.size) + 1j * rng.standard_normal(model.size))
    vis = from_arrays(
        path.u, path.v, model + noise, w=path.w, sigma=np.full(model.size, sigma), antenna1=path.antenna1,
        antenna2=path.antenna2, time=path.time, frequency=path.frequency, phase_centre=path.phase_centre,
        antenna_names=path.antenna_names,
    )  # fmt: skip
    return vis, grid, truth


class Rows:
    """The table, and what its rows are compared with."""

    def __init__(self, truth, beam_sigma):
        self.truth, self.beam_sigma = truth, beam_sigma
        self.table = Table("", "MSE", "MAD", "MSE conv.", "MAD conv.", "total flux / true", "CPU s", "wall s", "note")

    def add(self, name, image, cpu, wall, note=""):
        blurred = ndimage.gaussian_filter(image - self.truth, self.beam_sigma, mode="constant")
        numbers = [f"{f(e):.2e}" for e in (image - self.truth, blurred) for f in (mse, mad)]
        flux = f"{image.sum() / self.truth.sum():.4f}"
        self.table.add_row(name, *numbers, flux, f"{cpu:.2f}", f"{wall:.2f}", note)


def mse(error):
    return np.mean(error**2)


def mad(error):
    return np.mean(np.abs(error))


def clocks():
    now = os.times()
    return np.array([now.user + now.system + now.children_user + now.children_system, time.perf_counter()])


def ours(rows, name, vis, grid, make, *, coplanar, alpha, gap):
    began = clocks()
    statistics = measure(vis, grid, tolerance=1e-9)
    equations = Coplanar(statistics) if coplanar else WideField(vis, grid)
    dictionary = make(grid)
    prior = PositiveLaplace(alpha * PositiveLaplace(1.0).lambda_max(dictionary.analyse(equations.dirty)))
    solver = PolyClean(relative_gap=gap)
    found = solve_synthesis(equations, prior, dictionary, psf=statistics.psf, solver=solver)
    solved = clocks() - began
    note = (
        f"{found.coefficients.indices.size} atoms, gap {found.sky.relative_gap:.0e}, eta {found.max_certificate:.3f}"
    )
    rows.add(f"LASSO, {name}", found.image, *solved, note)
    refit = refit_synthesis(equations, found, psf=statistics.psf)
    error = refit.total_flux_error / rows.truth.sum()
    rows.add(
        f"de-biased, {name}",
        refit.image,
        *(clocks() - began),
        f"{refit.added} added, flux +- {error:.4f} given atoms",
    )


def theirs(rows, folder, path, options):
    for name, text in options.items():
        command = f"wsclean -multiscale {text} -weight natural -size 256 256 -scale {6.5 / 256:.9f}deg -j 2 -no-dirty"
        began = clocks()
        subprocess.run([*command.split(), "-name", f"{folder}/ws", str(path)], check=True, capture_output=True)
        spent = clocks() - began
        rows.add(name, fits.getdata(f"{folder}/ws-model.fits")[0, 0].astype(float), *spent)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--with-w", action="store_true", help="simulate and solve with w terms")
    parser.add_argument("--skip-wsclean", action="store_true", help="our rows only")
    parser.add_argument("--alpha", type=float, default=0.02)
    parser.add_argument("--gap", type=float, default=1e-3, help="relative duality gap")
    arguments = parser.parse_args()
    coplanar = not arguments.with_w
    vis, grid, truth = simulated(coplanar=coplanar, seed=1)
    beam = fit_beam(measure(vis, grid, tolerance=1e-7).psf, cell=grid.cell)
    # half the CLEAN beam, as the paper's "sharp" beam; geometric mean of its axes, FWHM to sigma in pixels
    blur = 0.5 * np.sqrt(beam.major * beam.minor) / np.sqrt(8 * np.log(2)) / grid.cell
    rows = Rows(truth, blur)
    for name, make in (("Gaussians", gaussians), ("starlet, 6 levels", lambda grid: starlet(grid, levels=6))):
        ours(rows, name, vis, grid, make, coplanar=coplanar, alpha=arguments.alpha, gap=arguments.gap)
    if not arguments.skip_wsclean and shutil.which("wsclean"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "m31.ms"
            write_measurement_set(vis, path, coplanar=coplanar)
            theirs(rows, folder, path, WSCLEAN)
    print(
        f"{len(vis)} visibilities, longest {np.hypot(vis.u, vis.v).max():.1f} wavelengths, sum {truth.sum():.1f} Jy"
    )
    Console(width=170).print(rows.table)


if __name__ == "__main__":
    main()
