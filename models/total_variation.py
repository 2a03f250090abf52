"""Flat patches with sharp edges: total variation whose strength lambda is inferred with the image.

python models/total_variation.py [DATA ...] --draws 750 --tune 500 --chains 4 --seed 1 --out total_variation
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import image
from bayesim.priors import HalfCauchyRate, NoiseScale, TotalVariation
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.solvers import Regularised, solve_regularised
from bayesim.sources import AsTruth, Offset, UniformDisk


def build(statistics: Statistics, *, level: float, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy``, image of that total variation, mean pixel within ``level`` (Jy)."""
    likelihood, noise = ImagePlane(statistics), statistics.sum_weight**-0.5
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(1.0 / noise).variable("lambda")
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        pixels = TotalVariation(rate, level=level).variable("image", dims=("m", "l"), noise=noise)
        pm.Deterministic("flux", pm.math.sum(pixels))
        likelihood.observe("visibilities", pixels, noise_scale=scale)
    return model


def start(mode: Regularised) -> Start:
    """Return the mode of a fixed strength; every pixel within a unit of its coordinates, about the thermal noise."""
    values = {"image": mode.image, "lambda": np.asarray(mode.prior.rate)}
    spread = {"image": np.ones(mode.image.shape), "lambda": np.asarray(0.1)}
    return Start(values=values, spread=spread, grid=mode.grid, rule="the mode of a fixed strength")


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on an even disk and a smaller, brighter one."""
    wide, small = Offset(UniformDisk(1.0, 3e-4), l=5e-5, m=-4e-5), Offset(UniformDisk(0.5, 1e-4), l=-1.8e-4, m=1.6e-4)
    hours = [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), sources=[AsTruth(wide), AsTruth(small)], declination=0.6, hour_angles=hours, frequency=1.4e9,
        snr=300.0, seed=seed,
    )  # fmt: skip


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="total_variation", draws=750, tune=500)
    line.add_argument("--npix", type=int, default=24)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (2.2 * vis.longest_baseline))
    statistics, sigma = measure(vis, grid), vis.weight.sum() ** -0.5
    # the mean pixel of a field that holds all the flux that the baselines see
    level = float(np.abs(vis.data).max()) / grid.size
    mode = solve_regularised(Coplanar(statistics), TotalVariation(1.0 / sigma, level=level), relative_gap=1e-3)
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    model = build(statistics, level=level)
    tree = nuts.sample(model, seed=args.seed, start=start(mode), **counts)
    sky = uncertainty(tree, grid, threshold=3 * sigma)
    pictures = {"mean": image(sky.mean), "sd": image(sky.sd)}
    names = ("lambda", "noise_scale", "flux", "image")
    write_story(tree, args.out, names=names, label=ImagePlane(statistics).label, pictures=pictures)


if __name__ == "__main__":
    main()
