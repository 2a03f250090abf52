"""A ring brighter on one side, as around the black hole of M87, with the gains of all stations in the same fit.

python models/gains.py [UVFITS ...] --draws 1000 --tune 1000 --chains 4 --seed 1 --out gains
"""

import numpy as np
import pymc as pm

from bayesim import data
from bayesim.likelihoods import ComplexGaussian, StationGains, best_self_calibrated
from bayesim.maps import source_mean
from bayesim.plots import image
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import LowRank, Start, nuts
from bayesim.sky import Grid
from bayesim.sources import AsTruth, MRing

MAS = np.radians(1.0 / 3.6e6)
SIZES, ANGLES = np.arange(0.02, 0.08, 0.004), np.arange(0.0, 2 * np.pi, np.pi / 4)  # among which a chain starts
RING = ("flux", "diameter", "width", "cosine", "sine")


def sky(flux, diameter, width, cosine, sine) -> MRing:
    """Return the ring: Jy, mas."""
    return MRing(flux, MAS * diameter, MAS * width, cosine, sine)


def build(gains: StationGains, *, spread: float = 0.2) -> pm.Model:
    """Return the model: a ring with two azimuthal modes, gains of any phase, of log-amplitudes within ``spread``."""
    likelihood = ComplexGaussian(gains.vis)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        flux, scale = pm.LogNormal("flux", np.log(0.6), 0.5), NoiseScale(2.0).variable("noise_scale")
        diameter, width = pm.Uniform("diameter", 0.01, 0.1), pm.Uniform("width", 0.001, 0.05)
        cosine, sine = (pm.Normal(name, 0.0, 0.3, shape=2) for name in ("cosine", "sine"))
        seen = sky(1.0, diameter, width, cosine, sine).visibility(*likelihood.baselines)
        # data know only flux times gains: the gains of a ring of 1 Jy are sampled, about the root of the flux
        solved = gains.independent("gain", amplitude=spread, phase=3.0, mean=0.5 * pm.math.log(flux))
        pm.Deterministic("fractional_width", width / diameter)
        pm.Deterministic("position_angle", np.degrees(1.0) * pm.math.arctan2(sine[0], cosine[0]) % 360.0)
        likelihood.observe("visibilities", gains.corrupted(seen, solved), noise_scale=scale)
    return model


def start(gains: StationGains) -> Start:
    """Return the ring, of some sizes and position angles, whose self-calibrated phases leave the least misfit."""
    rings = [(0.6, d, 0.3 * d, [0.25 * np.cos(a), 0.0], [0.25 * np.sin(a), 0.0]) for d in SIZES for a in ANGLES]
    skies = [AsTruth(sky(*ring)).visibilities(gains.vis.u, gains.vis.v, gains.vis.w) for ring in rings]
    best, phase = best_self_calibrated(gains, skies)
    values = {name: np.asarray(value) for name, value in zip(RING, rings[best], strict=True)}
    values |= {"gain_phase": np.delete(phase, gains.place, axis=1), "gain_log_amplitude": np.full(gains.shape, -0.25)}
    rule = "ring of least misfit after self-calibration in phase, over 15 diameters and 8 angles"
    return Start(values=values, spread={name: np.asarray(0.02) for name in values}, rule=rule)


def simulated(seed: int) -> data.Visibilities:
    """Return a ring of 0.045 mas, brightest to the South-East (PA 150 deg), at 1.3 mm, uncalibrated."""
    ring = AsTruth(sky(0.6, 0.045, 0.012, [0.25 * np.cos(np.radians(150.0))], [0.25 * np.sin(np.radians(150.0))]))
    hours = {"declination": 0.2, "hour_angles": [-1.5, -0.75, 0.0, 0.75, 1.5], "frequency": 2.3e11}
    vis = data.observe(data.array("vlba"), sources=[ring], **hours, sigma=0.003, seed=seed)
    return data.uncalibrated(vis, data.by_scan(vis), amplitude=0.2, seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="gains").parse_args()
    files = [data.scan_averaged(data.read(path)) for path in args.data]
    vis = data.joined(files) if files else simulated(args.seed)
    vis = vis.select(np.hypot(vis.u, vis.v) > 1e8, reason="sees flux beyond the ring")
    gains = StationGains(vis, data.crossed(data.by_scan(vis), data.by_spectral_window(vis, gap=1e9)))
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(gains), seed=args.seed, start=start(gains), adaptation=LowRank(), **counts)
    picture = image(source_mean(sky, tree, Grid(96, cell=0.0015 * MAS), names=RING), title="Posterior mean")
    names = ("flux", "diameter", "width", "noise_scale", "fractional_width", "position_angle")
    label = f"m-ring (mas) with {gains.label}; {dict(vis.account.dropped)} left out"
    write_story(tree, args.out, names=names, label=label, pictures={"ring": picture})


if __name__ == "__main__":
    main()
