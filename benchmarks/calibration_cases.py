"""Every shipped story on a small problem, with data drawn from its own prior: what is calibrated, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bayesim.validation import sbc
from benchmarks import _small_problems as small
from benchmarks import _source_study
from models import (
    correlated_field,
    laplace_signed,
    limb_darkened_disk,
    max_entropy,
    model_comparison,
    positive_laplace,
    uniform_disk,
)

REPLICATES = 100


@dataclass(frozen=True)
class Case:
    """One story on a small problem.

    Parameters
    ----------
    make : callable
        Returns the model and the options of :func:`bayesim.validation.sbc`.
    about : str
        What the problem holds.
    seed : int
        Of the study.
    replicates : int
        Of the slow test, 0 for none; ``benchmarks/calibration.py`` asks for :data:`REPLICATES` unless told otherwise.
    draws, tune, kept : int
        As of :func:`bayesim.validation.sbc`.
    """

    make: Callable[[], tuple[Any, dict[str, Any]]]
    about: str
    seed: int
    replicates: int = 0
    draws: int = 100
    tune: int = 150
    kept: int = 24

    def study(self, *, replicates=REPLICATES):
        """Return the ranks of the story's variables."""
        model, options = self.make()
        counts = {"draws": self.draws, "tune": self.tune, "kept": self.kept}
        return sbc(model, seed=self.seed, replicates=replicates, **counts, **options)


@dataclass(frozen=True)
class OfSources:
    """The Gibbs sampler of the default analysis, which is no PyMC model; fields as of :class:`Case`."""

    about: str
    seed: int
    replicates: int = 20

    def study(self, *, replicates=REPLICATES):
        """Return the ranks of sources, scalars and log-likelihood."""
        return _source_study.study(replicates=replicates, seed=self.seed)


LONGER = {"draws": 200, "tune": 250, "kept": 49}

ALL = {"replicates": REPLICATES, **LONGER}

SOME = {"replicates": 20, **LONGER}


def on_image(seed, make, **options):
    return Case(make, "5 x 5 pixels, 60 visibilities", seed, **options)


def on_disk(seed, build, *, counts=SOME, **options):
    return Case(small.on_v2(build, **options), "18 squared visibilities", seed, **counts)


CASES = {
    "positive_laplace": on_image(11, small.of_image(positive_laplace.build, rate=1.0, noise_factor=2.0), **ALL),
    "hierarchical_lambda": on_image(12, small.hierarchical, **ALL),
    "laplace_signed": on_image(13, small.of_image(laplace_signed.build), **ALL),
    "max_entropy": on_image(14, small.of_image(max_entropy.build, default=1.0), **ALL),
    "total_variation": on_image(15, small.variation, replicates=20),
    "multiscale": on_image(24, small.starlet),
    "correlated_field": on_image(25, small.of_image(correlated_field.build, flux=25.0), replicates=REPLICATES),
    "sparse_sources": on_image(26, small.horseshoe, **SOME),
    "spectral_cube": Case(small.cube, "3 channels of 3 x 3 pixels, 28 visibilities each", 33, replicates=100),
    "uniform_disk": on_disk(16, uniform_disk.build, counts=ALL),
    "limb_darkened_disk": on_disk(17, limb_darkened_disk.build),
    "model_comparison: disk": on_disk(28, model_comparison.build, shape=model_comparison.disk, counts=ALL),
    "model_comparison: ring": on_disk(
        18, model_comparison.build, shape=model_comparison.ring, counts={"replicates": 20}
    ),
    "model_comparison: limb_darkened_disk": on_disk(
        29, model_comparison.build, shape=model_comparison.limb_darkened_disk
    ),
    "binary_star": Case(small.binary, "18 squared visibilities, 12 closure phases", 19, replicates=20),
    "rings": Case(small.with_rings, "two rings, 40 visibilities", 20, replicates=20),
    "thick_ring": Case(small.thick, "one mode, closures of 5 stations in two scans", 21, replicates=20),
    "radial_profile": Case(small.profile, "13 knots, 20 visibilities", 32, draws=400, tune=400),
    "hybrid_disk_and_sparse": Case(small.hybrid, "a disk and 3 pixels, 40 visibilities", 30, **SOME),
    "noise_scale": Case(small.scales, "45 visibilities", 22, **ALL),
    "gains": Case(small.with_gains, "three modes, 4 stations, two scans", 23, 20, draws=300, tune=250),
    "samplers.gibbs": OfSources("3 candidates, 30 visibilities", 31, replicates=REPLICATES),
}

UNCALIBRATED: set[str] = set()
"""Stories without a case, named on the page."""
