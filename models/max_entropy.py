"""Positive, and as even as the data allow: maximum entropy whose strength lambda is inferred with the image.

python models/max_entropy.py [DATA ...] --draws 750 --tune 500 --chains 4 --seed 1 --out max_entropy
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import image
from bayesim.priors import HalfCauchyRate, MaximumEntropy, NoiseScale, PositiveLaplace
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, start
from bayesim.sky import Grid
from bayesim.solvers import PolyClean


def build(statistics: Statistics, *, default: float, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy``, pixels of the entropy relative to ``default`` (Jy)."""
    likelihood = ImagePlane(statistics)
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(statistics.sum_weight**0.5).variable("lambda")
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        pixels = MaximumEntropy(rate, default).variable("image", dims=("m", "l"))
        pm.Deterministic("flux", pm.math.sum(pixels))
        likelihood.observe("visibilities", pixels, noise_scale=scale)
    return model


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on a bright spot in the East of an even sky, 1.5 Jy."""
    grid = Grid(16, cell=2.9e-5)
    spot = np.exp(-((grid.l - 1e-4) ** 2 + (grid.m[:, None] + 5e-5) ** 2) / 1.2e-4**2)
    sky, hours = 0.3 + spot, [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), image=1.5 * sky / sky.sum(), grid=grid, declination=0.6, hour_angles=hours, frequency=1.4e9,
        sigma=0.02, seed=seed,
    )  # fmt: skip


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="max_entropy", draws=750, tune=500)
    line.add_argument("--npix", type=int, default=16)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (2.2 * vis.longest_baseline))
    statistics = measure(vis, grid)
    # an even sky with all the flux that the baselines see
    model = build(statistics, default=float(np.abs(vis.data).max()) / grid.size)
    mode = PolyClean().solve(Coplanar(statistics), PositiveLaplace(0.05 * statistics.dirty.max()))
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(model, seed=args.seed, start=start(mode, model), **counts)
    sky = uncertainty(tree, grid, threshold=3 * mode.sigma_image)
    pictures = {"mean": image(sky.mean), "sd": image(sky.sd)}
    names = ("lambda", "noise_scale", "flux", "image")
    write_story(tree, args.out, names=names, label=ImagePlane(statistics).label, pictures=pictures)


if __name__ == "__main__":
    main()
