"""Diffuse and compact at once: starlet coefficients sparse on every scale, their strength lambda inferred.

python models/multiscale.py [DATA ...] --draws 750 --tune 500 --chains 4 --seed 1 --out multiscale
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import image
from bayesim.priors import HalfCauchyRate, NoiseScale, StarletLaplace
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.solvers import Regularised, solve_regularised
from bayesim.sources import AsTruth, Gaussian, Offset, Point

LEVELS = 3
"""The coarsest wavelets are half as wide as the field."""


def build(statistics: Statistics, *, level: float, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy``, wavelets of the image Laplace, mean pixel within ``level`` (Jy)."""
    likelihood = ImagePlane(statistics)
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(statistics.sum_weight**0.5).variable("lambda")
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        pixels = StarletLaplace(rate, level=level, levels=LEVELS).variable("image", dims=("m", "l"))
        pm.Deterministic("flux", pm.math.sum(pixels))
        likelihood.observe("visibilities", pixels, noise_scale=scale)
    return model


def start(mode: Regularised, *, sigma: float) -> Start:
    """Return the mode of a fixed strength; every pixel within the thermal noise ``sigma`` (Jy)."""
    values = {"image": mode.image, "lambda": np.asarray(mode.prior.rate)}
    spread = {"image": np.full(mode.image.shape, sigma), "lambda": np.asarray(0.1)}
    return Start(values=values, spread=spread, grid=mode.grid, rule="the mode of a fixed strength")


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on a wide Gaussian, a narrow one and a point, 1.5 Jy."""
    wide, narrow = Offset(Gaussian(1.0, 1.6e-4), l=4e-5, m=-4e-5), Offset(Gaussian(0.4, 6e-5), l=-1.2e-4, m=1.1e-4)
    sources = [AsTruth(wide), AsTruth(narrow), AsTruth(Offset(Point(0.1), l=1.3e-4, m=1.2e-4))]
    hours = [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=1.4e9, snr=300.0, seed=seed
    )


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="multiscale", draws=750, tune=500)
    line.add_argument("--npix", type=int, default=16)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (2.2 * vis.longest_baseline))
    statistics, sigma = measure(vis, grid), vis.weight.sum() ** -0.5
    # the mean pixel of a field that holds all the flux that the baselines see
    level = float(np.abs(vis.data).max()) / grid.size
    prior = StarletLaplace(1.0 / sigma, level=level, levels=LEVELS)
    mode = solve_regularised(Coplanar(statistics), prior, relative_gap=1e-3)
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(statistics, level=level), seed=args.seed, start=start(mode, sigma=sigma), **counts)
    sky = uncertainty(tree, grid, threshold=3 * sigma)
    pictures = {"mean": image(sky.mean), "sd": image(sky.sd)}
    names = ("lambda", "noise_scale", "flux", "image")
    write_story(tree, args.out, names=names, label=ImagePlane(statistics).label, pictures=pictures)


if __name__ == "__main__":
    main()
