"""A ring brighter on one side, as around the black hole of M87, with the gains of all stations in the same fit.

python models/gains.py [UVFITS ...] --draws 1000 --tune 400 --chains 4 --seed 1 --out gains
"""

import numpy as np
import pymc as pm
from pymc.distributions.transforms import log_exp_m1

from bayesim import Grid, data
from bayesim.likelihoods import ComplexGaussian, StationGains
from bayesim.maps import source_mean
from bayesim.plots import image
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import Start, Whitened, nuts, self_calibrated_start
from bayesim.sources import AsTruth, MRing

SIZES, ANGLES = np.arange(0.02, 0.08, 0.004), np.arange(0.0, 2 * np.pi, np.pi / 4)  # among which a chain starts
UNSURE = {"LM": 1.0}  # log-amplitudes, as in Comrade.jl's tutorial on M87; the mode's have rms 0.28, lowest -0.88
MAS, WIDTH = np.radians(1.0 / 3.6e6), 0.003  # mas, the unit of the root of ``blur``
RING = ("flux", "diameter", "blur", "cosine", "sine")


def sky(flux, diameter, blur, cosine, sine) -> MRing:
    """Return the ring: Jy, mas, and the square of its width."""
    return MRing(flux, MAS * diameter, MAS * WIDTH * blur**0.5, cosine, sine)


def build(gains: StationGains, *, modes: int = 3) -> pm.Model:
    """Return the model: a ring with azimuthal modes, gains of any phase, amplitudes calibrated to 20 per cent."""
    spread = [UNSURE.get(station, 0.2) for station in gains.pairs.labels]
    likelihood = ComplexGaussian(gains.vis)
    with pm.Model(coords={**likelihood.coords, **gains.coords}) as model:
        flux, scale = pm.LogNormal("flux", np.log(0.6), 0.5), NoiseScale(2.0).variable("noise_scale")
        # the logarithm of a visibility is linear in the square of the width: with gains, a straight ridge
        diameter, blur = pm.Uniform("diameter", 0.01, 0.1), pm.HalfNormal("blur", 70.0, default_transform=log_exp_m1)
        cosine, sine = (pm.Normal(name, 0.0, 0.3, shape=modes) for name in ("cosine", "sine"))
        seen = sky(1.0, diameter, blur, cosine, sine).visibility(*likelihood.baselines)
        # data know only flux times gains: the gains of a ring of 1 Jy are sampled, about the root of the flux
        solved = gains.independent("gain", amplitude=spread, phase=3.0, mean=0.5 * pm.math.log(flux))
        width = pm.Deterministic("width", WIDTH * blur**0.5)
        pm.Deterministic("fractional_width", width / diameter)
        pm.Deterministic("position_angle", np.degrees(1.0) * pm.math.arctan2(sine[0], cosine[0]) % 360.0)
        likelihood.observe("visibilities", gains.corrupted(seen, solved), noise_scale=scale)
    return model


def start(gains: StationGains) -> Start:
    """Return the ring, of some sizes and position angles, whose self-calibrated phases leave the least misfit."""
    turns = [0.25 * np.exp(1j * angle) * np.eye(3)[0] for angle in ANGLES]
    rings = [dict(zip(RING, (0.6, d, 15.0, turn.real, turn.imag), strict=True)) for d in SIZES for turn in turns]
    return self_calibrated_start(gains, sky, rings, log_amplitude=-0.25)


def simulated(seed: int) -> data.Visibilities:
    """Return a ring of 0.045 mas, brightest to the South-East (PA 150 deg), at 1.3 mm, uncalibrated."""
    ring = AsTruth(sky(0.6, 0.045, 16.0, [0.25 * np.cos(np.radians(150.0))], [0.25 * np.sin(np.radians(150.0))]))
    hours = {"declination": 0.2, "hour_angles": [-1.5, -0.75, 0.0, 0.75, 1.5], "frequency": 2.3e11}
    vis = data.observe(data.array("vlba"), sources=[ring], **hours, sigma=0.003, seed=seed)
    return data.uncalibrated(vis, data.by_scan(vis), amplitude=0.2, seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="gains", draws=1000, tune=400).parse_args()
    files = [data.scan_averaged(data.read(path)) for path in args.data]
    vis = data.joined(files) if files else simulated(args.seed)
    vis = vis.select(np.hypot(vis.u, vis.v) > 1e8, reason="sees flux beyond the ring")
    gains = StationGains(vis, data.crossed(data.by_scan(vis), data.by_spectral_window(vis, gap=1e9)))
    counts = {"draws": args.draws, "tune": args.tune, "chains": args.chains}
    tree = nuts.sample(build(gains), seed=args.seed, start=start(gains), adaptation=Whitened("noise_scale"), **counts)
    picture = image(source_mean(sky, tree, Grid(96, cell=0.0015 * MAS), names=RING), title="Posterior mean")
    names = ("flux", "diameter", "width", "noise_scale", "fractional_width", "position_angle")
    label = f"m-ring (mas) with {gains.label}; {dict(vis.account.dropped)} left out"
    write_story(tree, args.out, names=names, label=label, pictures={"ring": picture})


if __name__ == "__main__":
    main()
