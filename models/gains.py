"""A ring brighter on one side, as around the black hole of M87, with the gains of all stations in the same fit.

python models/gains.py [UVFITS ...] --draws 500 --tune 1000 --chains 4 --seed 1 --out gains
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pymc as pm

from bayesim.data import Visibilities, array, by_scan, by_spectral_window, crossed, joined, observe, read
from bayesim.data import scan_averaged as averaged
from bayesim.likelihoods import ComplexGaussian, StationGains, self_calibrated_phases
from bayesim.maps import source_mean
from bayesim.plots import image
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, nuts
from bayesim.sky import Grid
from bayesim.sources import AsTruth, MRing

UAS = np.radians(1.0 / 3.6e9)
SHORTEST = 1e8  # wavelengths: shorter baselines see flux far beyond the ring
RING = ("flux", "diameter", "width", "cosine", "sine")


def sky(flux, diameter, width, cosine, sine) -> MRing:
    """Return the ring: Jy, uas."""
    return MRing(flux, UAS * diameter, UAS * width, cosine, sine)


def build(gains: StationGains, *, known: float = 0.02, amplitude: float = 0.2, modes: int = 2) -> pm.Model:
    """Return the model: log-amplitudes of gains within ``known`` for the reference, ``amplitude`` for the others."""
    likelihood = ComplexGaussian(gains.vis)
    spread = np.where(np.arange(gains.shape[1]) == gains.place, known, amplitude)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        flux, diameter = pm.LogNormal("flux", np.log(0.6), 0.5), pm.Uniform("diameter", 10.0, 100.0)
        width = pm.Uniform("width", 1.0, 50.0)
        # shape and not dims, so that the number of modes is known when the graph is made
        cosine, sine = (pm.Normal(name, 0.0, 0.3, shape=modes) for name in ("cosine", "sine"))
        seen = sky(flux, diameter, width, cosine, sine).visibility(*likelihood.baselines)
        solved = gains.independent("gain", amplitude=spread, phase=3.0)
        scale = NoiseScale(2.0).variable("noise_scale")
        likelihood.observe("visibilities", gains.corrupted(seen, solved), noise_scale=scale)
    return model


def start(gains: StationGains) -> Start:
    """Return the ring, of some sizes and position angles, whose self-calibrated phases leave the least misfit."""
    vis, best = gains.vis, (np.inf, {})
    for diameter, angle in product(np.arange(20.0, 80.0, 4.0), np.arange(0.0, 2 * np.pi, np.pi / 4)):
        first = {"cosine": np.array([0.25 * np.cos(angle), 0.0]), "sine": np.array([0.25 * np.sin(angle), 0.0])}
        ring = {"flux": 0.6, "diameter": diameter, "width": 0.3 * diameter, **first}
        model = AsTruth(sky(**ring)).visibilities(vis.u, vis.v, vis.w)
        phase = self_calibrated_phases(gains, model)
        seen = model * np.exp(1j * gains.differences(phase))
        misfit = float(np.sum(vis.weight * np.abs(vis.data - seen) ** 2))
        if misfit < best[0]:
            best = misfit, {**ring, "gain_phase": np.delete(phase, gains.place, axis=1)}
    widths = {name: np.full(np.shape(value), 0.02) for name, value in best[1].items()}
    rule = "ring of least misfit after self-calibration in phase, over 15 diameters and 8 angles"
    return Start(values=best[1], spread=widths | {"gain_log_amplitude": np.array(0.05)}, rule=rule)


def simulated(seed: int) -> Visibilities:
    """Return a ring of 45 uas, brightest to the South-East (PA 150 deg), at 1.3 mm, uncalibrated."""
    angle = np.radians(150.0)
    ring = sky(0.6, 45.0, 12.0, np.array([0.25 * np.cos(angle)]), np.array([0.25 * np.sin(angle)]))
    hours = {"declination": 0.2, "hour_angles": [-1.5, -0.75, 0.0, 0.75, 1.5], "frequency": 2.3e11}
    vis = observe(array("vlba"), sources=[AsTruth(ring)], **hours, sigma=0.003, seed=seed)
    gains, rng = StationGains(vis, by_scan(vis)), np.random.default_rng(seed)
    sd = np.where(np.arange(gains.shape[1]) == gains.place, 0.02, 0.2)
    factor = np.exp(sd * rng.standard_normal(gains.shape) + 2j * np.pi * rng.uniform(size=gains.shape))
    one, two = (factor[gains.intervals.index, s] for s in (gains.pairs.first, gains.pairs.second))
    return replace(vis, data=one * two.conj() * vis.data, weight=vis.weight / np.abs(one * two) ** 2)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="gains", draws=500, tune=1000).parse_args()
    vis = joined([averaged(read(path)) for path in args.data]) if args.data else simulated(args.seed)
    vis = vis.select(np.hypot(vis.u, vis.v) > SHORTEST, reason="sees flux beyond the ring")
    gains = StationGains(vis, crossed(by_scan(vis), by_spectral_window(vis, gap=1e9)))
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(gains), seed=args.seed, start=start(gains), **counts)
    draws = tree["posterior"].to_dataset()
    angle = np.degrees(np.arctan2(draws["sine"][..., 0], draws["cosine"][..., 0])) % 360.0
    derived = {"fractional_width": draws["width"] / draws["diameter"], "position_angle": angle}
    tree["posterior"] = type(tree)(draws.assign(derived))
    picture = image(source_mean(sky, tree, Grid(96, cell=1.5 * UAS), names=RING), title="Posterior mean")
    names = ("flux", "diameter", "width", "noise_scale", *derived)
    label = f"m-ring (uas) with {gains.label}; {dict(vis.account.dropped)} left out"
    write_story(tree, args.out, names=names, label=label, pictures={"ring": picture})


if __name__ == "__main__":
    main()
