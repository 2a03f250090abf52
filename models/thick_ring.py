"""A ring brighter on one side, as around the black hole of M87, from closures: no station needs calibrating.

python models/thick_ring.py [UVFITS ...] --draws 1000 --tune 500 --chains 4 --seed 1 --out thick_ring
"""

import numpy as np
import pymc as pm

from bayesim import data
from bayesim.likelihoods import ClosurePhase, LogClosureAmplitude
from bayesim.maps import source_mean
from bayesim.plots import image
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import multi_start, nuts
from bayesim.sky import Grid
from bayesim.sources import AsTruth, Gaussian, MRing

UAS = np.radians(1.0 / 3.6e9)
EXTENDED_SIZE = 2000.0 * UAS  # of emission that only stations of one site see: all other baselines resolve it out
RING = ("diameter", "width", "cosine", "sine")


def ring(diameter, width, cosine, sine) -> MRing:
    """Return a ring of 1 Jy (closures know no total flux), sizes in uas."""
    return MRing(1.0, UAS * diameter, UAS * width, cosine, sine)


def build(vis: data.Visibilities, *, modes: int = 3, largest: float = 100.0, noise_factor: float = 2.0) -> pm.Model:
    """Return the model: a ring of up to ``largest`` (uas) with azimuthal modes, errors known within a factor."""
    phases, amplitudes = ClosurePhase(data.closure_phases(vis)), LogClosureAmplitude(data.log_closure_amplitudes(vis))
    with pm.Model(coords={**phases.coords, **amplitudes.coords, "mode": np.arange(1, modes + 1)}) as model:
        diameter, width = pm.Uniform("diameter", 10.0, largest), pm.Uniform("width", 1.0, 0.5 * largest)
        # shape and not dims, so that the number of modes is known when the graph is made
        cosine, sine = (pm.Normal(name, 0.0, 0.3, shape=modes) for name in ("cosine", "sine"))
        fraction = pm.Deterministic("fractional_width", width / diameter)
        # where the blurred ring is brightest
        pm.Deterministic("peak_diameter", diameter * (1.0 - fraction**2 / (4.0 * np.log(2.0))))
        pm.Deterministic("position_angle", np.degrees(1.0) * pm.math.arctan2(sine[0], cosine[0]) % 360.0)
        scale = NoiseScale(noise_factor).variable("noise_scale")
        # both closures are formed from the same visibilities
        around = Gaussian(pm.HalfNormal("extended", 1.0), EXTENDED_SIZE)
        seen = (ring(diameter, width, cosine, sine) + around).visibility(*phases.baselines)
        phases.observe("phases", seen, noise_scale=scale)
        amplitudes.observe("amplitudes", seen, noise_scale=scale)
    return model


def simulated(seed: int) -> data.Visibilities:
    """Return a ring of 45 uas, brightest to the South-East (PA 150 deg), at 1.3 mm and uncalibrated."""
    angle = np.radians(150.0)
    truth = AsTruth(ring(45.0, 12.0, np.array([0.25 * np.cos(angle)]), np.array([0.25 * np.sin(angle)])))
    hours = {"declination": 0.2, "hour_angles": [-1.5, -0.5, 0.5, 1.5], "frequency": 2.3e11}
    vis = data.observe(data.array("vlba"), sources=[truth], **hours, sigma=0.004, seed=seed)
    return data.uncalibrated(vis, data.by_scan(vis), amplitude=0.2, seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="thick_ring", draws=1000, tune=500).parse_args()
    files = [data.scan_averaged(data.read(path)) for path in args.data]
    vis = data.joined(files) if files else simulated(args.seed)
    model = build(vis)
    start = multi_start(model, seed=args.seed)
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    picture = image(source_mean(ring, tree, Grid(96, cell=1.5 * UAS), names=RING), title="Posterior mean")
    names = ("diameter", "width", "extended", "noise_scale", "peak_diameter", "fractional_width", "position_angle")
    write_story(tree, args.out, names=names, label="m-ring by closures", pictures={"ring": picture})


if __name__ == "__main__":
    main()
