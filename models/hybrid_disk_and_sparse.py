"""A hybrid sky: what has a shape is a source in closed form, what has none is a sparse image, in one model.

Simulated, a disk and two knots; with DATA the quasar 3C 273 at 8 GHz: its core, the head of its jet, and the jet.
The image lives on the few pixels that PolyCLEAN uses for what the sources alone leave, two fringes away from them.

python models/hybrid_disk_and_sparse.py [DATA] --draws 1000 --tune 1000 --chains 4 --seed 1 --out hybrid
"""

from dataclasses import replace

import numpy as np
import pymc as pm

from bayesim.data import PointSource, Visibilities, array, observe, read, scan_averaged
from bayesim.errors import ModelError
from bayesim.likelihoods import ComplexGaussian
from bayesim.maps import source_mean, uncertainty
from bayesim.operators import Coplanar, Dft, measure
from bayesim.plots import side_by_side
from bayesim.priors import HalfCauchyRate, NoiseScale, PositiveLaplace
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, multi_start, nuts
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from bayesim.sources import AsTruth, Gaussian, Offset, Point, Stretched, UniformDisk

ARCSEC = np.radians(1.0 / 3600.0)
# priors by the arguments of the functions below: Jy, arcsec to the East and North, degrees from North through East
DISK = {"disk_flux": (pm.HalfNormal, 2.0), "disk_diameter": (pm.HalfNormal, 10.0),
        "disk_east": (pm.Normal, 0.0, 1.0), "disk_north": (pm.Normal, 0.0, 1.0)}  # fmt: skip
JET = {"core_flux": (pm.HalfNormal, 50.0), "core_east": (pm.Normal, 0.0, 0.1), "core_north": (pm.Normal, 0.0, 0.1),
       "head_flux": (pm.HalfNormal, 5.0), "head_east": (pm.Normal, -14.0, 2.0), "head_north": (pm.Normal, -15.5, 2.0),
       "head_length": (pm.HalfNormal, 3.0), "head_ratio": (pm.Uniform, 0.05, 1.0),
       "head_angle": (pm.Normal, 42.0, 30.0)}  # fmt: skip


def disk(*, disk_flux, disk_diameter, disk_east, disk_north) -> Offset:
    """Return a disk."""
    return Offset(UniformDisk(disk_flux, ARCSEC * disk_diameter), l=ARCSEC * disk_east, m=ARCSEC * disk_north)


def core_and_head(
    *, core_flux, core_east, core_north, head_flux, head_east, head_north, head_length, head_ratio, head_angle
):
    """Return a point and, where its jet ends, an elliptical Gaussian: a round one leaves 1.5 times the residual."""
    core = Offset(Point(core_flux), l=ARCSEC * core_east, m=ARCSEC * core_north)
    head = Stretched(Gaussian(head_flux, ARCSEC * head_length), head_ratio, np.radians(1.0) * head_angle)
    return core + Offset(head, l=ARCSEC * head_east, m=ARCSEC * head_north)


def build(vis: Visibilities, make, priors, *, grid: Grid | None = None, pixels=()) -> pm.Model:
    """Return the model of the sources of ``make`` and of an image on some ``pixels`` (flat indices) of the grid."""
    likelihood = ComplexGaussian(vis)
    with pm.Model(coords={**likelihood.coords, "pixel": pixels}) as model:
        source = make(**{name: kind(name, *numbers) for name, (kind, *numbers) in priors.items()})
        seen = source.visibility(*likelihood.baselines)
        if len(pixels):
            # their matrix is small and exact, w included: no transform is faster
            dft = Dft(vis.u, vis.v, vis.w, *grid.directions(pixels))
            columns = np.stack([dft.forward(unit) for unit in np.eye(len(pixels))], axis=1)
            matrix = pm.Data("matrix", np.concatenate([columns.real, columns.imag]))
            rate = HalfCauchyRate(1.0 / vis.sigma_image).variable("lambda")
            image = PositiveLaplace(rate).variable("image", dims=("pixel",))
            pm.Deterministic("image_flux", pm.math.sum(image))
            seen = seen + pm.math.dot(matrix, image).reshape((2, len(vis)))
        likelihood.observe("visibilities", seen, noise_scale=NoiseScale(10.0).variable("noise_scale"))
    return model


def sources_first(vis: Visibilities, make, priors, grid: Grid, *, seed: int):
    """Return the pixels that the sources alone leave to an image, and where chains of the joint model start."""
    alone = multi_start(build(vis, make, priors), seed=seed, climbs=5)
    at = {name: float(alone.values[name]) for name in priors}
    left = replace(vis, data=vis.data - AsTruth(make(**at)).visibilities(vis.u, vis.v, vis.w))
    # of the noise that the sources alone suggest, which is too high while an image is missing
    rate = 2.0 * float(alone.values["noise_scale"]) / vis.sigma_image
    mode = PolyClean().solve(Coplanar(measure(left, grid)), PositiveLaplace(rate))
    l, m = grid.directions(mode.indices)
    names = [name.removesuffix("_east") for name in priors if name.endswith("_east")]
    gaps = [np.hypot(l - ARCSEC * at[f"{name}_east"], m - ARCSEC * at[f"{name}_north"]) for name in names]
    apart = np.min(gaps, axis=0) > 2.0 / vis.longest_baseline
    if not apart.any():
        raise ModelError("the image has no pixel: two fringes from the sources nothing is left above twice the noise")
    fluxes = mode.fluxes[apart]
    values = {**alone.values, "image": fluxes, "lambda": np.asarray(1.0 / fluxes.mean())}
    spread = {**alone.spread, "image": np.full(fluxes.shape, 0.1), "lambda": np.asarray(0.1)}
    rule = f"sources: {alone.rule}; pixels: mode of what they leave"
    return mode.indices[apart], Start(values=values, spread=spread, grid=grid, rule=rule)


def simulated(seed: int) -> Visibilities:
    """Return a disk of 1 Jy and 4 arcsec with two knots of 0.3 and 0.2 Jy, seen by the VLA at 8 GHz."""
    knots = (PointSource(0.3, 3.0 * ARCSEC, 2.0 * ARCSEC), PointSource(0.2, -2.0 * ARCSEC, 3.5 * ARCSEC))
    truth = (AsTruth(UniformDisk(1.0, 4.0 * ARCSEC)), *knots)
    return observe(
        array("vla.b"), sources=truth, declination=0.6, hour_angles=[0.2], frequency=8e9, sigma=0.02, seed=seed
    )


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="hybrid").parse_args()
    if args.data:
        vis, make, priors = scan_averaged(read(args.data[0]), gap=15.0), core_and_head, JET
        grid = Grid(24, cell=1.0 * ARCSEC, centre=(-8.0 * ARCSEC, -8.0 * ARCSEC))
    else:
        vis, make, priors, grid = simulated(args.seed), disk, DISK, Grid(32, cell=0.25 * ARCSEC)
    pixels, start = sources_first(vis, make, priors, grid, seed=args.seed)
    model = build(vis, make, priors, grid=grid, pixels=pixels)
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    draws, derived = tree["posterior"].to_dataset(), {}
    if args.data:
        east, north = (draws[f"head_{axis}"] - draws[f"core_{axis}"] for axis in ("east", "north"))
        derived = {"position_angle": np.degrees(np.arctan2(east, north)) % 360.0}
        tree["posterior"] = type(tree)(draws.assign(derived))
    shapes = replace(source_mean(make, tree, grid, names=tuple(priors)), name="sources")
    sparse = replace(uncertainty(tree, grid, threshold=3.0 * vis.sigma_image).mean, name="sparse_image")
    picture = {"components": side_by_side([shapes], [sparse])[0]}
    names = (*priors, *derived, "image_flux", "noise_scale", "lambda", "image")
    label = f"{ComplexGaussian(vis).label}; sources, and an image on {len(pixels)} pixels chosen from these data"
    write_story(tree, args.out, names=names, label=label, pictures=picture, pixels=len(pixels))


if __name__ == "__main__":
    main()
