"""Bright rings of a protoplanetary disk: flux, diameter and width of each, and how the disk is inclined.

python models/rings.py [DATA ...] --draws 500 --tune 500 --chains 4 --seed 1 --out rings
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, joined, observe, read
from bayesim.likelihoods import ComplexGaussian
from bayesim.maps import source_mean
from bayesim.plots import image
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import multi_start, nuts
from bayesim.sky import Grid
from bayesim.sources import AsTruth, GaussianRings, Inclined

ARCSEC = np.radians(1.0 / 3600.0)
SHAPE = ("fluxes", "diameters", "widths", "inclination", "position_angle")


def sky(fluxes, diameters, widths, inclination, position_angle) -> Inclined:
    """Return concentric rings: Jy, arcsec, and degrees (the position angle of the major axis East of North)."""
    disk = GaussianRings(fluxes, ARCSEC * diameters, ARCSEC * widths)
    return Inclined(disk, np.radians(1.0) * inclination, np.radians(1.0) * position_angle)


def build(vis: Visibilities, *, rings: int = 2, largest: float = 6.0, noise_factor: float = 1.5) -> pm.Model:
    """Return the model: rings by ascending diameter up to ``largest`` (arcsec), errors known within a factor."""
    likelihood = ComplexGaussian(vis)
    # on the shortest baselines: a scale for the prior only
    total = float(np.abs(vis.data[np.argsort(np.hypot(vis.u, vis.v))[: max(1, len(vis) // 20)]]).mean())
    with pm.Model(coords={**likelihood.coords, "ring": np.arange(rings)}) as model:
        fluxes = pm.HalfNormal("fluxes", total, dims="ring")
        gaps = pm.Dirichlet("gaps", np.ones(rings + 1))  # uniform in order: rings have no other name
        diameters = pm.Deterministic("diameters", largest * pm.math.cumsum(gaps)[:rings], dims="ring")
        widths = pm.HalfNormal("widths", 0.25 * largest, dims="ring")
        cosine = pm.Uniform("cosine", 0.0, 1.0)  # of the inclination, for orientations at random
        inclination = pm.Deterministic("inclination", np.degrees(1.0) * pm.math.arccos(cosine))
        angle = pm.Uniform("position_angle", 0.0, 180.0)
        scale = NoiseScale(noise_factor).variable("noise_scale")
        pm.Deterministic("flux", pm.math.sum(fluxes))
        disk = sky(fluxes, diameters, widths, inclination, angle)
        likelihood.observe("visibilities", disk.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def simulated(seed: int) -> Visibilities:
    """Return two rings of 1.6 and 3.2 arcsec inclined by 45 deg at 60 deg, at 7 mm."""
    truth = sky(np.array([0.06, 0.04]), np.array([1.6, 3.2]), np.array([0.4, 0.5]), 45.0, 60.0)
    return observe(
        array("vla.c"), sources=[AsTruth(truth)], declination=0.5, hour_angles=[0.3], frequency=4.5e10, sigma=0.004,
        seed=seed,
    )  # fmt: skip


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="rings", draws=500, tune=500).parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    model = build(vis)
    start = multi_start(model, seed=args.seed, climbs=15)
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    picture = image(source_mean(sky, tree, Grid(128, cell=0.05 * ARCSEC), names=SHAPE), title="Posterior mean")
    names = ("flux", "inclination", "position_angle", "noise_scale", "fluxes", "diameters", "widths")
    means = {name: tree["posterior"][name].mean(("chain", "draw")).values.tolist() for name in SHAPE[:3]}
    label = ComplexGaussian(vis).label
    write_story(tree, args.out, names=names, label=label, pictures={"rings": picture}, means=means)


if __name__ == "__main__":
    main()
