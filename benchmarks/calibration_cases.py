"""Small versions of the shipped stories, each with data drawn from its own prior: what is calibrated, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesim.data import from_arrays, observe_optical
from bayesim.likelihoods import ImagePlane
from bayesim.operators import measure
from bayesim.sky import Grid
from bayesim.sources import AsTruth, UniformDisk
from bayesim.validation import ImagePlaneData, sbc
from models import (
    hierarchical_lambda,
    laplace_signed,
    noise_scale,
    positive_laplace,
    uniform_disk,
)

GRID = Grid(5, cell=1e-5)
REPLICATES, KEPT = 100, 49


def image_data(seed=0, n=60):
    rng = np.random.default_rng(seed)
    u, v = rng.uniform(-4e4, 4e4, (2, n))
    vis = from_arrays(u, v, np.full(n, 1e-3 + 0j), sigma=np.full(n, n**0.5))
    return vis, measure(vis, GRID)


def of_image(build, **options):
    def make():
        vis, statistics = image_data()
        return build(statistics, **options), {"image_plane": ImagePlaneData(vis, statistics)}

    return make


def hierarchical():
    vis, statistics = image_data()
    model = hierarchical_lambda.build(ImagePlane(statistics), rate_scale=statistics.sum_weight**0.5)
    return model, {"image_plane": ImagePlaneData(vis, statistics)}


def optical(snapshots=3):
    places = np.random.default_rng(0).uniform(-50.0, 50.0, (snapshots, 4, 2))
    disk = AsTruth(UniformDisk(1.0, 5.0 * uniform_disk.MAS))
    return observe_optical(disk, telescopes=places, wavelength=1.65e-6, v2_error=0.02, v2_floor=0.01, seed=1)


def even_disk():
    return uniform_disk.build(optical().v2), {}


def scales():
    vis = noise_scale.simulated(0)
    few = np.random.default_rng(0).choice(len(vis), 45, replace=False)
    vis = vis.select(np.isin(np.arange(len(vis)), few), reason="left out to be quick")
    return noise_scale.build(vis, noise_scale.thirds(vis)), {}


@dataclass(frozen=True)
class Case:
    """One story: a function that makes (model, options of sbc), what it holds, and the seed of its study."""

    make: Callable[[], tuple[Any, dict[str, Any]]]
    about: str
    seed: int

    def study(self, *, replicates=REPLICATES):
        """Return the ranks of the story's variables."""
        model, options = self.make()
        return sbc(model, seed=self.seed, replicates=replicates, kept=KEPT, draws=200, tune=250, **options)


def on_image(seed, make):
    return Case(make, "5 x 5 pixels, 60 visibilities", seed)


CASES = {
    "positive_laplace": on_image(11, of_image(positive_laplace.build, rate=1.0, noise_factor=2.0)),
    "hierarchical_lambda": on_image(12, hierarchical),
    "laplace_signed": on_image(13, of_image(laplace_signed.build)),
    "uniform_disk": Case(even_disk, "18 squared visibilities", 16),
    "noise_scale": Case(scales, "45 visibilities", 22),
}
