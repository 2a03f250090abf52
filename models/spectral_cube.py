"""A spectral line in a few channels: spectra of few steps, total variation inferred, noise that neighbours share.

python models/spectral_cube.py [DATA ...] --draws 600 --tune 400 --chains 4 --seed 1 --out spectral_cube
"""

import numpy as np
import pymc as pm

from bayesim.data import Spectra, Visibilities, array, joined, observe, read, spectra, with_channel_noise
from bayesim.errors import ModelError
from bayesim.likelihoods import ChannelGaussian, RoundCube, hann_correlation
from bayesim.maps import channel_maps
from bayesim.operators import Dft
from bayesim.plots import band, side_by_side
from bayesim.priors import HalfCauchyRate, NoiseScale, SpectralTV
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid


def build(table: Spectra, grid: Grid, *, level: float, noise_factor: float = 2.0) -> pm.Model:
    """Return the model: ``lambda ~ HalfCauchy``, spectra of that variation, mean pixels within ``level`` (Jy)."""
    count, vis, pixels = table.channels, table.vis, np.eye(grid.size)
    if not 2 <= count <= 8:
        raise ModelError(f"{count} channels: select 2 to 8 of one line (Visibilities.select)")
    likelihood = ChannelGaussian(table, hann_correlation())
    exact = [Dft.on_grid(u, v, None, grid) for u, v in zip(*np.reshape([vis.u, vis.v], (2, count, -1)), strict=True)]
    columns = np.array([[op.forward(pixel) for pixel in pixels] for op in exact]).transpose(0, 2, 1)
    with pm.Model(coords={**likelihood.coords, **grid.coords, "channel": np.arange(count)}) as model:
        rate = HalfCauchyRate(1.0 / level).variable("lambda")
        scale = NoiseScale(noise_factor).variable("noise_scale")
        cube = SpectralTV(rate, level=level).variable("cube", dims=("channel", "m", "l"))
        pm.Deterministic("flux", cube.sum(axis=(1, 2)), dims="channel")
        matrix = pm.Data("matrix", np.concatenate([columns.real, columns.imag], axis=1))
        seen = [pm.math.dot(matrix[k], cube[k].ravel()).reshape((2, -1)) for k in range(count)]
        likelihood.observe("spectra", pm.math.concatenate(seen, axis=1), noise_scale=scale)
    return RoundCube(likelihood, columns, level=level).applied(model, "cube")


def truth() -> tuple[np.ndarray, Grid]:
    """Return four channels (Jy/pixel) of gas that turns: what recedes lies to the East."""
    grid = Grid(8, cell="0.55 arcsec")
    middles, fluxes = grid.cell * np.array([1.4, 0.6, -0.6, -1.4]), np.array([0.6, 1.0, 1.0, 0.4])
    cube = np.exp(-((grid.l - middles[:, None, None]) ** 2 + (grid.m[:, None]) ** 2) / (1.3 * grid.cell) ** 2)
    return fluxes[:, None, None] * cube / cube.sum(axis=(1, 2), keepdims=True), grid


def simulated(seed: int) -> Visibilities:
    """Return that gas seen by the SMA in CO(2-1), Hann-smoothed, in channels of 0.8 MHz."""
    cube, grid = truth()
    still = {"grid": grid, "declination": 0.5, "hour_angles": [-0.9, -0.3, 0.3, 0.9], "sigma": 0.1, "seed": None}
    parts = [observe(array("sma"), image=sky, frequency=2.30538e11 + 8e5 * k, **still) for k, sky in enumerate(cube)]
    return with_channel_noise(spectra(joined(parts)), hann_correlation(), seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and pictures."""
    args = story_line(__doc__, out="spectral_cube", draws=600, tune=400).parse_args()
    table = spectra(joined([read(path) for path in args.data]) if args.data else simulated(args.seed))
    vis, counts = table.vis, {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    grid = Grid(8, cell=1.0 / (2.2 * vis.longest_baseline))
    # a third of the field holds all the flux that the baselines see
    model = build(table, grid, level=3.0 * float(np.abs(vis.data).max()) / grid.size)
    tree = nuts.sample(model, seed=args.seed, start=Start(grid=grid, rule="an empty sky, within the noise"), **counts)
    flux, cube = (tree["posterior"][name].stack(sample=("chain", "draw")) for name in ("flux", "cube"))
    mean = channel_maps(cube.mean("sample").values, grid, "mean")
    sd = channel_maps(cube.std("sample").values, grid, "sd")
    offset, true = 1e-6 * (np.unique(vis.frequency) - vis.frequency.min()), None if args.data else truth()
    real, curve = (channel_maps(*true, "truth"), (offset, true[0].sum(axis=(1, 2)))) if true else ([], None)
    spectrum = band(offset, flux.values.T, truth=curve, xlabel="Frequency offset (MHz)", ylabel="Flux (Jy)")
    pictures = {"spectrum": spectrum, "cube": side_by_side([*real, *mean], sd, columns=table.channels)[0]}
    names, label = ("lambda", "noise_scale", "flux", "cube"), ChannelGaussian(table, hann_correlation()).label
    lines = {"mean": flux.mean("sample").values.tolist(), "sd": flux.std("sample").values.tolist()}
    write_story(tree, args.out, names=names, label=label, pictures=pictures, spectrum=lines)


if __name__ == "__main__":
    main()
