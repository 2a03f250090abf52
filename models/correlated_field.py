"""Diffuse emission of unknown smoothness: a log-normal field whose power spectrum is inferred with it.

python models/correlated_field.py [DATA ...] --draws 1000 --tune 500 --chains 4 --seed 1 --out correlated_field
"""

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, joined, observe, read
from bayesim.likelihoods import ImagePlane
from bayesim.maps import Map, uncertainty
from bayesim.operators import Statistics, measure
from bayesim.plots import side_by_side
from bayesim.priors import CorrelatedField, LogNormalFlux, NoiseScale, TotalFlux
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid

SPECTRUM = CorrelatedField(1.0, fluctuations=1.0, fluctuations_factor=2.0)


def build(statistics: Statistics, *, flux: float, noise_factor: float | None = 2.0) -> pm.Model:
    """Return the model: ``ln image`` a Gaussian field of unknown spectrum, total ``flux`` (Jy) within a factor 2."""
    likelihood = ImagePlane(statistics)
    with pm.Model(coords=likelihood.coords) as model:
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        # the flux, and not the median brightness: the data know it far better
        sky = TotalFlux(LogNormalFlux(flux, factor=2.0), SPECTRUM).variable("image", dims=("m", "l"))
        pm.Deterministic("flux", model["image_flux"])
        pm.Deterministic("fluctuations", model["image_shape_fluctuations"])
        pm.Deterministic("slope", SPECTRUM.slope + SPECTRUM.slope_sd * model["image_shape_slope"])
        likelihood.observe("visibilities", sky, noise_scale=scale)
    return model


def start(grid: Grid, *, flux: float) -> Start:
    """Return an even sky: from draws of the prior, chains would have to cross skies of any contrast."""
    spread = {name: np.asarray(0.05) for name in ("image_shape_xi", "image_flux", "image_shape_fluctuations")}
    values = {"image_shape_xi": np.zeros(grid.shape), "image_flux": np.asarray(flux)}
    return Start(values=values, spread=spread, grid=grid, rule="an even sky of the flux that the baselines see")


def truth(seed: int) -> Map:
    """Return a sky of 1 Jy whose logarithm has standard deviation 0.8 and a power spectrum of slope -3.5."""
    grid, rng = Grid(32, cell=2.87e-5), np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.fftfreq(32))
    k[0, 0] = np.inf
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal(grid.shape)) * k**-1.75).real
    sky = np.exp(0.8 * field / field.std())
    return Map(values=sky / sky.sum(), grid=grid, unit="Jy/pixel", name="truth", label="simulated")


def simulated(seed: int) -> Visibilities:
    """Return half an hour of the VLA in its C configuration."""
    sky, hours = truth(seed), [-0.06, -0.03, 0.0, 0.03, 0.06]
    return observe(
        array("vla.c"), image=sky.values, grid=sky.grid, declination=0.6, hour_angles=hours, frequency=1.4e9,
        sigma=0.14, seed=seed,
    )  # fmt: skip


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    line = story_line(__doc__, out="correlated_field", draws=1000, tune=500)
    line.add_argument("--npix", type=int, default=32)
    args = line.parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    grid, flux = Grid(args.npix, cell=1.0 / (2.2 * vis.longest_baseline)), float(np.abs(vis.data).max())
    statistics, counts = measure(vis, grid), {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(statistics, flux=flux), seed=args.seed, start=start(grid, flux=flux), **counts)
    sky = uncertainty(tree, grid, threshold=3 * vis.weight.sum() ** -0.5)
    known = [] if args.data else [truth(args.seed)]
    names = ("fluctuations", "slope", "noise_scale", "flux", "image")
    picture = side_by_side([*known, sky.mean], [sky.sd])[0]
    write_story(tree, args.out, names=names, label=ImagePlane(statistics).label, pictures={"sky": picture})


if __name__ == "__main__":
    main()
