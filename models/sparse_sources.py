"""A few sources on an empty sky: every pixel of the grid under a regularised horseshoe, and an inferred noise scale.

Empty pixels cannot be negative, so that together they add to the total flux: 0.11 Jy to 3.14 Jy in the simulation.

python models/sparse_sources.py [DATA ...] --draws 1500 --tune 1000 --chains 4 --seed 1 --out sparse_sources
"""

import numpy as np
import pymc as pm

from bayesim.data import PointSource, Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import image
from bayesim.priors import NoiseScale, PositiveLaplace, RegularisedHorseshoe
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, Solution

CELL = 3e-5  # radians: half a fringe of the longest simulated baseline; the simulated sources are on pixels


def build(statistics: Statistics, mode: Solution, *, expected: float = 8.0, noise_factor: float = 2.0) -> pm.Model:
    """Return the model: ``expected`` sources, within a factor of several; the mode's are sampled as fluxes."""
    likelihood = ImagePlane(statistics)
    prior = RegularisedHorseshoe(expected, noise=mode.sigma_image, slab=mode.image.max(), positive=True)
    with pm.Model(coords=likelihood.coords) as model:
        scale = NoiseScale(noise_factor).variable("noise_scale")
        pixels = prior.variable("image", dims=("m", "l"), centred=mode.indices)
        pm.Deterministic("flux", pm.math.sum(pixels))
        likelihood.observe("visibilities", pixels, noise_scale=scale)
    return model


def start(mode: Solution) -> Start:
    """Return the sources of the mode, known within the thermal noise; all other pixels begin near zero."""
    fluxes = np.maximum(mode.image.ravel()[mode.indices], mode.sigma_image)
    spread = {"image_flux": mode.sigma_image / fluxes, "noise_scale": np.asarray(0.02)}
    return Start(values={"image_flux": fluxes, "image_scale": fluxes}, spread=spread, rule="the sources of the mode")


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on 8 sources of SNR 100 to 8, over a beam apart."""
    rng = np.random.default_rng(seed)
    crossings = np.transpose(np.unravel_index(rng.permutation(16)[:8], (4, 4)))
    places = 4 * crossings - 7 + rng.integers(0, 2, (8, 2))
    sources = [PointSource(0.7**k, l * CELL, m * CELL) for k, (l, m) in enumerate(places)]
    hours = [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=1.4e9, snr=100.0, seed=seed
    )


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="sparse_sources", draws=1500)
    line.add_argument("--npix", type=int, default=16)
    line.add_argument("--expected", type=float, default=8.0, help="number of sources, within a factor of several")
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (2.1 * vis.longest_baseline) if args.data else CELL)
    statistics = measure(vis, grid)
    # four standard deviations: what is fainter starts from zero
    mode = PolyClean().solve(Coplanar(statistics), PositiveLaplace(4.0 / vis.sigma_image))
    model, counts = build(statistics, mode, expected=args.expected), vars(args)
    counts = {name: counts[name] for name in ("draws", "tune", "chains")}
    tree = nuts.sample(model, seed=args.seed, start=start(mode), **counts)
    sky = uncertainty(tree, grid, threshold=3 * mode.sigma_image)
    found = int((sky.probability.values > 0.5).sum())  # pixels that are probably above three standard deviations
    names = ("flux", "noise_scale", "image_global", "image_slab", "image")
    label = f"regularised horseshoe; {ImagePlane(statistics).label}"
    pictures = {"mean": image(sky.mean), "sd": image(sky.sd)}
    write_story(tree, args.out, names=names, label=label, pictures=pictures, sources=found)


if __name__ == "__main__":
    main()
