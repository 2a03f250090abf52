"""How sparse is the sky? Exponential pixels whose rate lambda is inferred with them, and the noise scale too.

On small grids every pixel is sampled. On larger ones only the provable saturation set of the mode is: the rest is
held at zero, lambda then speaks of those pixels alone, and the label of the result says so.

python models/hierarchical_lambda.py [DATA ...] --draws 1000 --tune 1000 --chains 4 --seed 1 --out hierarchical_lambda
"""

import pymc as pm

from bayesim.data import PointSource, Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane, Support, dilated
from bayesim.maps import uncertainty
from bayesim.operators import Coplanar, measure
from bayesim.plots import posterior_panels
from bayesim.priors import HalfCauchyRate, NoiseScale, PositiveLaplace
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, start
from bayesim.sky import Grid
from bayesim.solvers import PolyClean

FULL_GRID = 64 * 64


def build(likelihood: ImagePlane | Support, *, rate_scale: float, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy(rate_scale)``, ``image ~ Exponential(lambda)``, centred.

    ``rate_scale`` (1/Jy) is best ``sqrt(sum_weight)``: the mean pixel then equals the thermal noise, within decades.
    """
    dims = ("pixel",) if isinstance(likelihood, Support) else ("m", "l")
    with pm.Model(coords=likelihood.coords) as model:
        rate = HalfCauchyRate(rate_scale).variable("lambda")
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        image = PositiveLaplace(rate).variable("image", dims=dims)
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
    line = story_line(__doc__, out="hierarchical_lambda")
    line.add_argument("--npix", type=int, default=32)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid = Grid(args.npix, cell=1.0 / (3.0 * vis.longest_baseline))
    equations = Coplanar(measure(vis, grid))
    mode = PolyClean(relative_gap=1e-9).solve(equations, PositiveLaplace(0.05 * equations.dirty.max()))
    pixels = dilated(mode.saturation, pixels=0)
    small = grid.size <= FULL_GRID
    likelihood = ImagePlane(equations.statistics) if small else Support(equations, pixels, mode.image.ravel()[pixels])
    model = build(likelihood, rate_scale=equations.sum_weight**0.5)
    notes = {"likelihood": likelihood.label, "gap": mode.gap}
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(model, seed=args.seed, start=start(mode, model), notes=notes, **counts)
    sky = uncertainty(tree, grid, threshold=3 * mode.sigma_image)
    pictures, total = {"posterior": posterior_panels(sky, mode)[0, 0]}, float(sky.mean.values.sum())
    names = ("lambda", "noise_scale", "image")
    write_story(tree, args.out, names=names, label=likelihood.label, pictures=pictures, total_flux=total)


if __name__ == "__main__":
    main()
