"""Pixels of either sign, as Stokes Q, U and V have: Laplace pixels whose rate lambda is inferred with them.

python models/laplace_signed.py [DATA ...] --draws 750 --tune 500 --chains 4 --seed 1 --out laplace_signed
"""

from dataclasses import replace

import numpy as np
import pymc as pm

from bayesim.data import PointSource, Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import image
from bayesim.priors import HalfCauchyRate, Laplace, NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, Solution


def build(statistics: Statistics, *, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy``, of the thermal noise by median, ``image ~ Laplace(lambda)``."""
    likelihood = ImagePlane(statistics)
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(statistics.sum_weight**0.5).variable("lambda")
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        pixels = Laplace(rate).variable("image", dims=("m", "l"))
        pm.Deterministic("flux", pm.math.sum(pixels))
        likelihood.observe("visibilities", pixels, noise_scale=scale)
    return model


def start(mode: Solution) -> Start:
    """Return the mode, every pixel known no better than the thermal noise allows, and the rate of such pixels."""
    sizes = np.abs(mode.image) + mode.sigma_image
    values = {"image": mode.image, "lambda": np.asarray(1.0 / sizes.mean())}
    spread = {"image": np.full(mode.image.shape, mode.sigma_image), "lambda": np.asarray(0.1)}
    return Start(values=values, spread=spread, grid=mode.grid, rule="the LASSO mode, within the thermal noise")


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on a bright source, and one of the other sign."""
    sources = (PointSource(1.0, 1.2e-4, -8e-5), PointSource(-0.4, -1.5e-4, 1e-4))
    hours = [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=1.4e9, snr=100.0, seed=seed
    )


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="laplace_signed", draws=750, tune=500)
    line.add_argument("--npix", type=int, default=24)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    statistics = measure(vis, Grid(args.npix, cell=1.0 / (2.2 * vis.longest_baseline)))
    mode = PolyClean().solve(Coplanar(statistics), Laplace(0.05 * np.abs(statistics.dirty).max()))
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(statistics), seed=args.seed, start=start(mode), **counts)
    sky = uncertainty(tree, mode.grid, threshold=3 * mode.sigma_image)
    pictures = {"mean": image(replace(sky.mean, signed=True)), "sd": image(sky.sd)}
    names = ("lambda", "noise_scale", "flux", "image")
    write_story(tree, args.out, names=names, label=ImagePlane(statistics).label, pictures=pictures)


if __name__ == "__main__":
    main()
