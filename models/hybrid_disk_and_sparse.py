"""A hybrid sky: what has a shape is a source in closed form, what has none is a sparse image, in one model.

Simulated, a disk and two knots; with DATA the quasar 3C 273: its core, its jet, and the head of that.

python models/hybrid_disk_and_sparse.py [DATA] --draws 1000 --tune 1000 --chains 4 --seed 1 --out hybrid
"""

import numpy as np
import pymc as pm

from bayesim import Grid, data
from bayesim.likelihoods import ComplexGaussian
from bayesim.plots import components
from bayesim.priors import HalfCauchyRate, NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, start_beside
from bayesim.solvers import BesideSources
from bayesim.sources import AsTruth, Gaussian, Offset, Point, Stretched, Sum, UniformDisk

ARCSEC = np.radians(1.0 / 3600.0)
# priors by the arguments of the functions below: Jy, arcsec to the East and North, degrees from North through East
DISK = {"disk_flux": (pm.HalfNormal, 2.0), "disk_diameter": (pm.HalfNormal, 10.0),
        "disk_east": (pm.Normal, 0.0, 1.0), "disk_north": (pm.Normal, 0.0, 1.0)}  # fmt: skip
JET = {"core_flux": (pm.HalfNormal, 50.0), "core_east": (pm.Normal, 0.0, 0.1), "core_north": (pm.Normal, 0.0, 0.1),
       "head_flux": (pm.HalfNormal, 5.0), "head_east": (pm.Normal, -14.0, 2.0), "head_north": (pm.Normal, -15.5, 2.0),
       "head_length": (pm.HalfNormal, 3.0), "head_ratio": (pm.Uniform, 0.05, 1.0),
       "head_angle": (pm.Normal, 42.0, 30.0)}  # fmt: skip


def disk(*, disk_flux, disk_diameter, disk_east, disk_north) -> Sum:
    """Return a disk."""
    return Sum([Offset(UniformDisk(disk_flux, ARCSEC * disk_diameter), l=ARCSEC * disk_east, m=ARCSEC * disk_north)])


def core_and_head(*, head_length, head_ratio, head_angle, **at) -> Sum:
    """Return a point and, where its jet ends, an elliptical Gaussian: a round one leaves 1.5 times the residual."""
    head = Stretched(Gaussian(at["head_flux"], ARCSEC * head_length), head_ratio, np.radians(1.0) * head_angle)
    parts = {"core": Point(at["core_flux"]), "head": head}
    return Sum([Offset(part, l=ARCSEC * at[f"{k}_east"], m=ARCSEC * at[f"{k}_north"]) for k, part in parts.items()])


def build(vis: data.Visibilities, make, priors, *, image: BesideSources | None = None) -> pm.Model:
    """Return the model of the sources of ``make`` and of an image on some pixels."""
    likelihood = ComplexGaussian(vis)
    with pm.Model(coords=likelihood.coords) as model:
        sky = make(**{name: kind(name, *numbers) for name, (kind, *numbers) in priors.items()})
        if image is not None:
            sky = sky + image.points("image", rate=HalfCauchyRate(1.0 / vis.sigma_image).variable("lambda"))
        if "head_east" in priors:
            east, north = (model[f"head_{axis}"] - model[f"core_{axis}"] for axis in ("east", "north"))
            pm.Deterministic("position_angle", np.degrees(1.0) * pm.math.arctan2(east, north) % 360.0)
        scale = NoiseScale(10.0).variable("noise_scale")
        likelihood.observe("visibilities", sky.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def simulated(seed: int) -> data.Visibilities:
    """Return a disk of 1 Jy and 4 arcsec with two knots of 0.3 and 0.2 Jy, seen by the VLA at 8 GHz."""
    knots = (data.PointSource(f, l * ARCSEC, m * ARCSEC) for f, l, m in ((0.3, 3.0, 2.0), (0.2, -2.0, 3.5)))
    truth = {"sources": (AsTruth(UniformDisk(1.0, 4.0 * ARCSEC)), *knots), "declination": 0.6, "hour_angles": [0.2]}
    return data.observe(data.array("vla.b"), **truth, frequency=8e9, sigma=0.02, seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="hybrid").parse_args()
    vis, make, priors, grid = simulated(args.seed), disk, DISK, Grid(32, cell=0.25 * ARCSEC)
    if args.data:
        vis, make, priors = data.scan_averaged(data.read(args.data[0]), gap=15.0), core_and_head, JET
        grid = Grid(24, cell=1.0 * ARCSEC, centre=(-8.0 * ARCSEC, -8.0 * ARCSEC))
    image, start = start_beside(build(vis, make, priors), make, vis, grid, names=tuple(priors), seed=args.seed)
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(vis, make, priors, image=image), seed=args.seed, start=start, **counts)
    picture = {"components": components(make, tree, grid, names=tuple(priors))[0]}
    label = f"{ComplexGaussian(vis).label}; sources, and an image on {image.l.size} pixels chosen from these data"
    write_story(tree, args.out, label=label, pictures=picture, pixels=image.l.size)


if __name__ == "__main__":
    main()
