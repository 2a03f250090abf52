"""A protoplanetary disk as any smooth radial profile of brightness: its logarithm is a Gaussian process.

python models/radial_profile.py [DATA ...] --draws 750 --tune 500 --chains 4 --seed 1 --out radial_profile
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, gaussian_core, joined, observe, read
from bayesim.likelihoods import ComplexGaussian, RoundLog
from bayesim.maps import source_mean
from bayesim.plots import band, image
from bayesim.priors import NoiseScale, radial_covariance
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.sources import AsTruth, Inclined, RadialProfile

ARCSEC = np.radians(1.0 / 3600.0)
KNOTS, FINE = np.linspace(0.0, 3.6, 13), np.linspace(0.0, 3.6, 200)  # arcsec; nothing shines beyond the last
SHAPE = ("profile", "inclination", "position_angle")


def sky(profile, inclination, position_angle, *, radius=KNOTS) -> Inclined:
    """Return a disk: Jy/arcsec^2 on knots, seen face-on, and degrees (the major axis East of North)."""
    disk = RadialProfile(ARCSEC * radius, profile / ARCSEC**2)
    return Inclined(disk, np.radians(1.0) * inclination, np.radians(1.0) * position_angle)


def build(vis: Visibilities, *, length: float = 0.8, noise_factor: float = 1.5) -> pm.Model:
    """Return the model: ``ln profile`` a process of unknown contrast that forgets itself over ``length`` (arcsec)."""
    likelihood, core = ComplexGaussian(vis), gaussian_core(vis, level=0.2)
    tilt, turn = np.degrees([np.arccos(core.minor / core.major), core.position_angle])
    even = np.full(KNOTS.size, np.log(core.flux / (np.pi * KNOTS[-1] ** 2)))  # a scale for the prior only
    factor = np.linalg.cholesky(radial_covariance(KNOTS, length=length))
    knots = [AsTruth(sky(knot, tilt, turn)).visibilities(vis.u, vis.v, vis.w) for knot in np.eye(KNOTS.size)]
    around = RoundLog(vis, np.transpose(knots), even, factor)
    with pm.Model(coords={**likelihood.coords, "radius": KNOTS}) as model:
        contrast = pm.HalfNormal("contrast", 2.0)
        process = pm.Normal("process", 0.0, contrast, shape=KNOTS.size, transform=around, initval=around.mode)
        profile = pm.Deterministic("profile", pm.math.exp(even + pm.math.dot(factor, process)), dims="radius")
        cosine = pm.Uniform("cosine", initval=core.minor / core.major)  # uniform for orientations at random
        inclination = pm.Deterministic("inclination", np.degrees(1.0) * pm.math.arccos(cosine))
        angle = pm.Uniform("position_angle", turn - 90.0, turn + 90.0, initval=turn)  # any angle
        disk, scale = sky(profile, inclination, angle), NoiseScale(noise_factor).variable("noise_scale")
        pm.Deterministic("flux", disk.flux)
        likelihood.observe("visibilities", disk.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def truth(radius: np.ndarray) -> np.ndarray:
    """Return the brightness (Jy/arcsec^2) of a disk with a gap at 1.2 and a ring at 2.1 arcsec."""
    gap, ring = (np.exp(-(((radius - middle) / 0.4) ** 2)) for middle in (1.2, 2.1))
    return 0.12 * (1.0 + radius**2) ** -1.5 * (1.0 - 0.6 * gap) + 0.02 * ring


def simulated(seed: int) -> Visibilities:
    """Return that disk, inclined by 45 deg at 60 deg, seen by the SMA at 0.87 mm."""
    disk, seen = AsTruth(sky(truth(FINE), 45.0, 60.0, radius=FINE)), {"declination": 0.5, "frequency": 3.45e11}
    return observe(array("sma"), sources=[disk], hour_angles=[-1.0, -0.4, 0.2, 0.8], sigma=0.004, seed=seed, **seen)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    args = story_line(__doc__, out="radial_profile", draws=750, tune=500).parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    start = Start(jitter=0.05, rule="mode of the profile's Laplace approximation; orientation of the short baselines")
    tree = nuts.sample(build(vis), seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    curves, known = tree["posterior"]["profile"].values, None if args.data else (FINE, truth(FINE))
    line = band(KNOTS, curves.reshape(-1, KNOTS.size), truth=known, xlabel="Radius (arcsec)", ylabel="Jy/arcsec$^2$")
    line.set_yscale("log")
    disk = image(source_mean(sky, tree, Grid(96, cell=0.1 * ARCSEC), names=SHAPE), title="Posterior mean")
    names = ("flux", "inclination", "position_angle", "contrast", "noise_scale", "profile")
    lines = {"mean": curves.mean((0, 1)).tolist(), "sd": curves.std((0, 1)).tolist()}
    pictures, label = {"profile": line, "disk": disk}, ComplexGaussian(vis).label
    write_story(tree, args.out, names=names, label=label, pictures=pictures, profile=lines)


if __name__ == "__main__":
    main()
