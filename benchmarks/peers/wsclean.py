"""bayesim beside WSClean: whole processes from Measurement Set to model image, and what the images are worth.

    python benchmarks/peers/wsclean.py [--quick] [--lofar]

Needs WSClean 3 on the path and python-casacore; says so and ends where one is absent. Data are found through
``BAYESIM_DATA`` (default ``../shared/data``). ``process`` is the time from the Measurement Set to the model on disk,
``solver`` that of the solver alone, both as wall/CPU seconds; MSE is the mean squared error in (Jy/beam)^2 of model
and truth, both seen with the CLEAN beam (the PolyCLEAN article, section 6.1); rms and peak are of the residual image.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from _ms import peer_set
from astropy.io import fits

from bayesim.data import PointSource, observe, read
from bayesim.data.arrays import Array
from bayesim.maps import convolved, fit_beam
from bayesim.operators import WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import CottonSchwab, PolyClean, debias

THREADS = 2
GAP = 1e-4


class Seconds(NamedTuple):
    """Wall and CPU time, children included: a busy machine stretches only the first."""

    wall: float
    cpu: float

    @classmethod
    def now(cls):
        return cls(perf_counter(), sum(os.times()[:4]))

    def gone(self):
        return Seconds(*(after - before for after, before in zip(Seconds.now(), self, strict=True)))

    def __str__(self):
        return f"{self.wall:.2f}/{self.cpu:.2f}"


def timed(command, environment=None):
    began = Seconds.now()
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, env=environment
    )
    seconds = began.gone()
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return seconds


def run_wsclean(path, grid, *, sigmas, folder):
    """Return seconds, model (Jy/pixel) and residual (Jy/beam)."""
    name = Path(folder) / "wsclean"
    scale = f"{np.degrees(grid.cell) * 3600:.9f}asec"
    seconds = timed(
        ["wsclean", "-quiet", "-j", THREADS, "-use-wgridder", "-no-update-model-required", "-data-column", "DATA",
         "-weight", "natural", "-gain", 0.1, "-mgain", 0.8, "-auto-threshold", sigmas, "-niter", 10_000_000,
         "-size", grid.shape[1], grid.shape[0], "-scale", scale, "-name", name, path]
    )  # fmt: skip
    return seconds, *(fits.getdata(f"{name}-{part}.fits")[0, 0].astype(float) for part in ("model", "residual"))


def run_map(path, grid, *, alpha, folder):
    """Return the seconds of a whole ``bayesim map`` without the report, which WSClean has no like of.

    Bytecode is kept in the folder, as it is in any installation: a first run, not timed, makes it.
    """
    fov, bytecode = f"{np.degrees(grid.fov[0]):.12g}deg", Path(folder) / "bytecode"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    command = [sys.executable, "-m", "bayesim.cli", "map", path, "--fov", fov, "--npix", grid.shape[0], "--alpha",
               alpha, "--gap", GAP, "--out", Path(folder) / "map", "--overwrite", "--no-report"]  # fmt: skip
    if not bytecode.exists():
        timed(command, environment)
    return timed(command, environment)


def row(name, *, process, solver, model, residual, scorer):
    score = f"{scorer(model):9.2e}" if scorer else " " * 9
    shown = [f"{'' if seconds is None else str(seconds):>13}" for seconds in (process, solver)]
    left = f"{residual.std():9.4g} {np.abs(residual).max():9.4g}"
    print(f"  {name:44s} {shown[0]} {shown[1]}  {score} {left}  {model.sum():9.4g}", flush=True)


def scorer_of(truth, grid, beam):
    """Return the function from a model to its beam-convolved MSE; sources lie off the grid."""
    if truth is None:
        return None
    seen = np.zeros(grid.shape)
    for l, m, flux in zip(*truth, strict=True):
        seen += flux * beam.profile(grid.l[None, :] - l, grid.m[:, None] - m)
    return lambda model: float(np.mean((convolved(model, beam, cell=grid.cell) - seen) ** 2))


def compare(name, vis, path, grid, *, truth, response, alphas, sigmas):
    print(f"{name}, {grid.shape[0]} px, {len(vis)} visibilities")
    print(f"  {'':44s} {'process':>13} {'solver':>13}        MSE       rms      peak       flux")
    statistics = measure(vis, grid, threads=THREADS)
    scorer = scorer_of(truth, grid, fit_beam(statistics.psf, cell=grid.cell))
    with tempfile.TemporaryDirectory() as folder:
        walls = {}
        for level in sigmas:
            walls[level], model, residual = run_wsclean(path, grid, sigmas=level, folder=folder)
            # WSClean knows no 1/n: its fluxes carry the factor that the data do
            model = model if response is None else model / response
            row(f"WSClean, auto-threshold {level}", process=walls[level], solver=None, model=model,
                residual=residual, scorer=scorer)  # fmt: skip
        equations = WideField(vis, grid, threads=THREADS, response=response)
        began = Seconds.now()
        clean = CottonSchwab().deconvolve(equations, statistics.psf)
        row(f"bayesim CottonSchwab, 3 sigma, {clean.cycles} cycles", process=None, solver=began.gone(),
            model=clean.image, residual=clean.residual / clean.sum_weight, scorer=scorer)  # fmt: skip
        for alpha in alphas:
            lasso(equations, alpha, path, grid, folder=folder, scorer=scorer, wall=walls[min(sigmas)])


def lasso(equations, alpha, path, grid, *, folder, scorer, wall):
    process = run_map(path, grid, alpha=alpha, folder=folder)
    prior = PositiveLaplace(alpha * equations.dirty.max())
    began = Seconds.now()
    solution = PolyClean(relative_gap=GAP).solve(equations, prior)
    seconds = began.gone()
    total = equations.sum_weight
    row(f"bayesim LASSO, alpha {alpha}, gap {solution.relative_gap:.0e}", process=process, solver=seconds,
        model=solution.image, residual=solution.residual / total, scorer=scorer)  # fmt: skip
    began = Seconds.now()
    refit = debias(equations, solution)
    image = np.zeros(grid.size)
    image[refit.indices] = refit.fluxes
    row(f"  its refit, {refit.indices.size} pixels", process=None, solver=began.gone(),
        model=image.reshape(grid.shape), residual=refit.residual / total, scorer=scorer)  # fmt: skip
    ratios = [f"{mine.wall / wall.wall:.2f} ({mine.cpu / wall.cpu:.2f} in CPU)" for mine in (process, seconds)]
    print(f"  over WSClean at its lowest threshold: bayesim map {ratios[0]}, solver alone {ratios[1]}")


def experiment_one(root, name):
    """The article's experiment I: the data carry 1/n, and the solver is told so."""
    path = root / "simulated" / f"{name}.npz"
    with np.load(path, allow_pickle=False) as file:
        truth = tuple(file[key].astype(float) for key in ("src_l", "src_m", "src_flux"))
    return read(path, vis="vis"), truth


def larger(root):
    """Experiment I again with the stations within 900 m; 200 sources on 5 degrees, PSNR 20 dB, w, no 1/n."""
    enu = np.loadtxt(root / "ska_low" / "LOWBD2.csv", delimiter=",")
    offset = enu - np.array([*np.median(enu[:, :2], axis=0), enu[:, 2].mean()])
    core = offset[np.hypot(offset[:, 0], offset[:, 1]) < 900]
    array = Array.from_enu(
        "SKA-LOW 900 m", core, latitude=np.radians(-26.8), longitude=np.radians(116.8), diameter=35
    )
    rng = np.random.default_rng(6)
    half = np.radians(2.4)
    truth = *rng.uniform(-half, half, (2, 200)), rng.lognormal(-2.3, 1.0, 200).clip(0.02, 1)
    sources = [PointSource(flux, l, m) for l, m, flux in zip(*truth, strict=True)]
    hours = np.linspace(-1, 1, 7) * np.pi / 3
    vis = observe(array, sources=sources, declination=np.radians(-45.0), hour_angles=hours, frequency=1e8, snr=470,
                  seed=6)  # fmt: skip
    return replace(vis, antenna_names=()), truth


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest case only")
    parser.add_argument("--lofar", action="store_true", help="the table of residuals of the LOFAR file only")
    chosen = parser.parse_args()
    if shutil.which("wsclean") is None:
        raise SystemExit("skipped: WSClean is not installed (Debian: apt install wsclean)")
    try:
        import casacore.tables  # noqa: F401
    except ImportError:
        raise SystemExit("skipped: python-casacore is not installed (pip install 'bayesim[ms]')") from None
    root = Path(os.environ.get("BAYESIM_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not chosen.lofar:
        simulated(root, quick=chosen.quick)
    if chosen.lofar or not chosen.quick:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "lofar.ms"
            shutil.copytree(root / "lofar_bootes" / "ssms.ms", copy, copy_function=shutil.copyfile)
            # the original may be read-only, and copies of folders keep that
            for inside in (copy, *copy.rglob("*")):
                inside.chmod(0o755 if inside.is_dir() else 0o644)
            compare("LOFAR core with w", read(copy, column="DATA"), copy, Grid.spanning("6deg", npix=1024),
                    truth=None, response=None, alphas=(0.05, 0.02, 0.005), sigmas=(3, 2, 1))  # fmt: skip


def simulated(root, *, quick):
    vis, truth = experiment_one(root, "exp1_r600")
    cases = [("experiment I, r600", vis, truth, npix, True) for npix in (288, 720)]
    if quick:
        cases = cases[:1]
    else:
        cases.append(("experiment I again, r900", *larger(root), 960, False))
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, vis, truth, npix, carries) in enumerate(cases):
            grid = Grid.spanning("5deg", npix=npix)
            response = 1 / (1 + grid.n_minus_1) if carries else None
            path = peer_set(vis, Path(folder) / f"{number}.ms")
            compare(name, vis, path, grid, truth=truth, response=response, alphas=(0.02,), sigmas=(3, 1))


if __name__ == "__main__":
    main()
