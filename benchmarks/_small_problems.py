"""The shipped stories on problems of a few pixels and tens of visibilities: (model, options of sbc) of each."""

import numpy as np

from bayesim.data import PointSource, array, by_scan, from_arrays, joined, observe, observe_optical, spectra
from bayesim.likelihoods import ImagePlane, StationGains
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace, StarletLaplace, TotalVariation
from bayesim.samplers import LowRank
from bayesim.sky import Grid
from bayesim.solvers import BesideSources, PolyClean
from bayesim.sources import AsTruth, MRing, UniformDisk
from bayesim.validation import ImagePlaneData
from benchmarks._prior_draws import of_homogeneous
from models import (
    binary_star,
    gains,
    hierarchical_lambda,
    hybrid_disk_and_sparse,
    multiscale,
    noise_scale,
    radial_profile,
    rings,
    sparse_sources,
    spectral_cube,
    thick_ring,
    total_variation,
    uniform_disk,
)

GRID = Grid(5, cell=1e-5)
"""Pixels of every image but the cube's."""


def image_data(*, seed=0, n=60, brightness=1e-3):
    """Return visibilities of which 60 tell a pixel within 1 Jy, with their statistics."""
    rng = np.random.default_rng(seed)
    u, v = rng.uniform(-4e4, 4e4, (2, n))
    vis = from_arrays(u, v, np.full(n, brightness + 0j), sigma=np.full(n, n**0.5))
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


def homogeneous(build, unit):
    """Return a maker of a story whose image has no draws of its own: those of a long chain of its prior."""

    def make():
        vis, statistics = image_data()
        prior = of_homogeneous(unit, GRID, level=1.0, scale=statistics.sum_weight**0.5)
        return build(statistics, level=1.0), {"image_plane": ImagePlaneData(vis, statistics), "prior": prior}

    return make


def variation():
    return homogeneous(total_variation.build, TotalVariation(1.0, level=1.0))()


def starlet():
    return homogeneous(multiscale.build, StarletLaplace(1.0, level=1.0, levels=multiscale.LEVELS))()


def horseshoe():
    # the mode of a source of SNR 20 gives the slab its scale, and one pixel that is sampled as a flux
    vis, statistics = image_data(brightness=20.0)
    mode = PolyClean().solve(Coplanar(statistics), PositiveLaplace(10.0 * statistics.sum_weight**0.5))
    model = sparse_sources.build(statistics, mode, expected=2.0)
    return model, {"image_plane": ImagePlaneData(vis, statistics)}


def optical(snapshots=3):
    places = np.random.default_rng(0).uniform(-50.0, 50.0, (snapshots, 4, 2))
    disk = AsTruth(UniformDisk(1.0, 5.0 * uniform_disk.MAS))
    return observe_optical(disk, telescopes=places, wavelength=1.65e-6, v2_error=0.02, v2_floor=0.01, seed=1)


def on_v2(build, **options):
    return lambda: (build(optical().v2, **options), {})


def binary():
    return binary_star.build(optical()), {}


def ring_data(stations):
    """Return a ring seen in two scans by the first so many stations of the VLBA."""
    ring = AsTruth(MRing(0.6, 45.0 * thick_ring.UAS, 12.0 * thick_ring.UAS, np.array([0.1]), np.array([0.1])))
    seen = {"declination": 0.2, "hour_angles": [-1.0, 0.5], "frequency": 2.3e11, "sigma": 0.02, "seed": 1}
    vis = observe(array("vlba"), sources=[ring], **seen)
    few = (vis.antenna1 < stations) & (vis.antenna2 < stations)
    return vis.select(few, reason="of stations left out to be quick")


def thick():
    return thick_ring.build(ring_data(5), modes=1), {}


def with_gains():
    vis = ring_data(4)
    return gains.build(StationGains(vis, by_scan(vis))), {"adaptation": LowRank()}


def few(vis, n):
    chosen = np.random.default_rng(0).choice(len(vis), n, replace=False)
    return vis.select(np.isin(np.arange(len(vis)), chosen), reason="left out to be quick")


def with_rings():
    return rings.build(few(rings.simulated(0), 40)), {}


def profile():
    # the story's coordinates are round for its own data; those of other truths are learnt from each
    return radial_profile.build(few(radial_profile.simulated(0), 20)), {"adaptation": LowRank()}


def scales():
    vis = few(noise_scale.simulated(0), 45)
    return noise_scale.build(vis, noise_scale.thirds(vis)), {}


def hybrid():
    vis, disk = few(hybrid_disk_and_sparse.simulated(0), 40), hybrid_disk_and_sparse.disk
    chosen, axes = np.array([2, 9, 22]), Grid(5, cell=hybrid_disk_and_sparse.ARCSEC)
    image = BesideSources(chosen, *axes.directions(chosen), np.ones(3))
    return hybrid_disk_and_sparse.build(vis, disk, hybrid_disk_and_sparse.DISK, image=image), {}


def cube():
    grid = Grid(3, cell="1 arcsec")
    still = {"declination": 0.5, "hour_angles": [0.3], "sigma": 0.1, "seed": None}
    point = [PointSource(0.5, 0.0, 0.0)]
    parts = [observe(array("sma"), sources=point, frequency=2.30538e11 + 8e5 * k, **still) for k in range(3)]
    return spectral_cube.build(spectra(joined(parts)), grid, level=0.1), {}
