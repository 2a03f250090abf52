"""A binary star from squared visibilities and closure phases: flux ratio, separation and position angle.

python models/binary_star.py [OIFITS] --draws 500 --tune 500 --chains 4 --seed 1 --out binary_star
"""

import numpy as np
import pymc as pm

from bayesim.data import Interferometry, observe_optical, read_oifits
from bayesim.likelihoods import ClosurePhase, SquaredVisibility
from bayesim.plots import squared_visibility
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import multi_start, nuts
from bayesim.sources import AsTruth, Points

MAS = np.radians(1.0 / 3.6e6)


def sky(flux_ratio, east, north) -> Points:
    """Return a star and its companion (mas to the East and North of it), 1 together; the ratio below 1."""
    primary = 1.0 / (1.0 + flux_ratio)
    fluxes = pm.math.stack([primary, flux_ratio * primary])
    return Points(fluxes, MAS * pm.math.stack([0.0, east]), MAS * pm.math.stack([0.0, north]))


def build(seen: Interferometry, *, widest: float = 20.0, noise_factor: float = 2.0) -> pm.Model:
    """Return the model: a companion anywhere within about ``widest`` (mas), each kind of error known within a factor.

    Its place is a vector: angle and separation have an edge and a wrap where chains get stuck.
    """
    v2, phases = SquaredVisibility(seen.v2), ClosurePhase(seen.closure_phase)
    with pm.Model(coords={**v2.coords, **phases.coords}) as model:
        ratio = pm.Uniform("flux_ratio", 0.0, 1.0)
        pair = sky(ratio, pm.Normal("east", 0.0, 0.5 * widest), pm.Normal("north", 0.0, 0.5 * widest))
        scales = [NoiseScale(noise_factor).variable(name) for name in ("noise_scale", "phase_noise_scale")]
        v2.observe("squares", pair.visibility(*v2.baselines), noise_scale=scales[0])
        phases.observe("phases", pair.visibility(*phases.baselines), noise_scale=scales[1])
    return model


def simulated(seed: int) -> Interferometry:
    """Return a companion of a tenth of the flux, 6 mas away at 250 deg, seen by four telescopes."""
    places = np.random.default_rng(seed).uniform(-50.0, 50.0, (12, 4, 2))
    angle = np.radians(250.0)
    truth = AsTruth(sky(0.1, 6.0 * np.sin(angle), 6.0 * np.cos(angle)))
    return observe_optical(truth, telescopes=places, wavelength=1.65e-6, v2_error=0.03, noise_scale=1.5, seed=seed)


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="binary_star", draws=500, tune=500).parse_args()
    seen = read_oifits(args.data[0]) if args.data else simulated(args.seed)
    model = build(seen)
    start = multi_start(model, seed=args.seed, climbs=50)
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    draws = tree["posterior"].to_dataset()
    angle = np.degrees(np.arctan2(draws["east"], draws["north"])) % 360.0
    derived = {"separation": np.hypot(draws["east"], draws["north"]), "position_angle": angle}
    tree["posterior"] = type(tree)(draws.assign(derived))
    pair = AsTruth(sky(*(float(draws[name].mean()) for name in ("flux_ratio", "east", "north"))))
    fitted = np.abs(pair.visibilities(seen.v2.u, seen.v2.v, 0.0 * seen.v2.u)) ** 2
    picture = squared_visibility(seen.v2, fitted, noise_scale=float(draws["noise_scale"].mean()))
    label = f"{SquaredVisibility(seen.v2).label}; {ClosurePhase(seen.closure_phase).label}"
    names = ("flux_ratio", *derived, "east", "north", "noise_scale", "phase_noise_scale")
    write_story(tree, args.out, names=names, label=label, pictures={"fit": picture})


if __name__ == "__main__":
    main()
