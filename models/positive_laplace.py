"""One rate for all: independent exponential pixels of a fixed lambda, every pixel of the grid sampled.

python models/positive_laplace.py [DATA ...] --draws 1000 --tune 1000 --chains 4 --seed 1 --out positive_laplace
"""

import pymc as pm

from bayesim.data import PointSource, Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, Statistics, measure
from bayesim.plots import posterior_panels
from bayesim.priors import NoiseScale, PositiveLaplace
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, start
from bayesim.sky import Grid
from bayesim.solvers import PolyClean


def build(statistics: Statistics, *, rate: float, noise_factor: float | None = None) -> pm.Model:
    """Return the model: ``image ~ Exponential(rate)``, Gaussian data of a known or (``noise_factor``) free scale."""
    likelihood = ImagePlane(statistics)
    with pm.Model(coords=likelihood.coords) as model:
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        image = PositiveLaplace(rate).variable("image", dims=("m", "l"))
        likelihood.observe("visibilities", image, noise_scale=scale)
    return model


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration on two sources, the brighter at SNR 100."""
    sources = (PointSource(1.0, 1.2e-4, -8e-5), PointSource(0.3, -1.5e-4, 1e-4))
    hours = [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), sources=sources, declination=0.6, hour_angles=hours, frequency=1.4e9, snr=100.0, seed=seed
    )


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    line = story_line(__doc__, out="positive_laplace")
    line.add_argument("--npix", type=int, default=32)
    line.add_argument("--alpha", type=float, default=0.05, help="lambda over the rate that empties the sky")
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (3.0 * vis.longest_baseline))
    statistics = measure(vis, grid)
    prior = PositiveLaplace(args.alpha * statistics.dirty.max())
    mode = PolyClean().solve(Coplanar(statistics), prior)
    model = build(statistics, rate=prior.rate)
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(model, seed=args.seed, start=start(mode, model), **counts)
    sky = uncertainty(tree, grid, threshold=3 * mode.sigma_image)
    pictures, more = {"posterior": posterior_panels(sky, mode)[0, 0]}, {"total_flux": float(sky.mean.values.sum())}
    label = ImagePlane(statistics).label
    write_story(tree, args.out, names=("image",), label=label, pictures=pictures, rate=prior.rate, **more)


if __name__ == "__main__":
    main()
