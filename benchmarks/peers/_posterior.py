"""Two simulated fields with known truth, and what posterior draws of one are worth."""

from dataclasses import dataclass, field

import numpy as np

from bayesim.data import array, observe
from bayesim.maps.beams import fit_beam
from bayesim.maps.intervals import hdi
from bayesim.maps.restored import convolved
from bayesim.operators import measure
from bayesim.samplers import diagnose
from bayesim.sky import Grid

NPIX, SUPERPIXEL = 64, 4
FLUX = 10.0
"""Of either truth, Jy; it enters the priors of every tool as known to a factor of two."""

SIGMA = 0.3
"""Of one real component of a visibility, Jy."""


@dataclass(frozen=True)
class Field:
    name: str
    truth: np.ndarray
    """Jy/pixel, shape (64, 64)."""
    grid: Grid
    vis: object
    statistics: object


@dataclass(frozen=True)
class Run:
    """What a tool returns: draws (chain, draw, m, l) in Jy/pixel and CPU seconds without compilation, and for it."""

    draws: np.ndarray
    seconds: float
    compiling: float
    settings: str
    independent: int | None = None
    """Draws that are independent by construction; the effective sample size is estimated where this is not given."""
    notes: dict = field(default_factory=dict)


def smooth(rng):
    """Return a log-normal field: standard deviation 1.2 of its logarithm, power spectrum k^-4, apodised edges."""
    k = np.hypot(np.fft.fftfreq(NPIX)[:, None], np.fft.fftfreq(NPIX))
    k[0, 0] = np.inf
    shape = np.fft.ifft2(np.fft.fft2(rng.standard_normal((NPIX, NPIX))) * k**-2.0).real
    return np.exp(1.2 * shape / shape.std())


def points(rng):
    """Return 30 sources with a fifth of the flux over pixels that are draws of the exponential prior."""
    sky = 0.8 * rng.exponential(size=(NPIX, NPIX)) / NPIX**2
    places = rng.choice((NPIX - 8) ** 2, 30, replace=False)
    sky[4 + places // (NPIX - 8), 4 + places % (NPIX - 8)] += 0.2 * rng.exponential(size=30) / 30
    return sky


def make(name):
    """Return the field of a name: ten snapshots of the VLA in its C configuration, 3510 visibilities."""
    truth = {"smooth": smooth, "points": points}[name](np.random.default_rng(11))
    truth *= FLUX / truth.sum()
    seen = {
        "declination": 0.6,
        "hour_angles": np.linspace(-1.0, 1.0, 10),
        "frequency": 1.4e9,
        "sigma": SIGMA,
        "seed": 5,
    }
    bare = observe(array("vla.c"), **seen)
    grid = Grid(NPIX, cell=1 / (3 * bare.longest_baseline))
    vis = observe(array("vla.c"), image=truth, grid=grid, **seen)
    return Field(name, truth, grid, vis, measure(vis, grid))


def blocks(draws):
    """Return sums over superpixels."""
    *lead, rows, columns = draws.shape
    parts = (rows // SUPERPIXEL, SUPERPIXEL, columns // SUPERPIXEL, SUPERPIXEL)
    return draws.reshape(*lead, *parts).sum(axis=(-3, -1))


def coverage(draws, truth):
    """Return the share of 95 % highest-density intervals that hold the truth."""
    # an equal-tailed interval ends above zero, where the density of a faint pixel is highest
    low, high = hdi(draws.reshape(-1, *truth.shape), prob=0.95)
    return float(np.mean((low <= truth) & (truth <= high)))


def score(field, run):
    """Return the figures of one run as a mapping of column to number."""
    beam = fit_beam(field.statistics.psf, cell=field.grid.cell)
    mean = run.draws.mean(axis=(0, 1))
    seen, wanted = (convolved(image, beam, cell=field.grid.cell) for image in (mean, field.truth))
    size = diagnose(run.draws).ess_bulk if run.independent is None else np.full(field.truth.shape, run.independent)
    return {
        "rmse": float(np.sqrt(np.mean((seen - wanted) ** 2) / np.mean(wanted**2))),
        "pixels": coverage(run.draws, field.truth),
        "superpixels": coverage(blocks(run.draws), blocks(field.truth)),
        "flux": float(run.draws.sum(axis=(2, 3)).mean() / field.truth.sum()),
        "ess": float(np.median(size)),
        "worst": float(np.quantile(size, 0.05)),
        "per_second": float(np.median(size)) / run.seconds,
    }
