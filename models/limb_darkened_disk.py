"""A limb-darkened star from squared visibilities: diameter, limb darkening and the true size of the errors.

The brightness falls as a power of mu = cos(angle): its exponent is 0 for an even disk.

python models/limb_darkened_disk.py [OIFITS] --draws 500 --tune 500 --chains 4 --seed 1 --out limb_darkened_disk
"""

import numpy as np
import pymc as pm

from bayesim.data import PerBaseline, observe_optical, read_oifits
from bayesim.likelihoods import SquaredVisibility
from bayesim.plots import squared_visibility
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, scan
from bayesim.sources import AsTruth, PowerLawLimbDarkenedDisk

MAS = np.radians(1.0 / 3.6e6)


def sky(diameter, limb_darkening) -> PowerLawLimbDarkenedDisk:
    """Return a star of flux 1, its diameter in mas."""
    return PowerLawLimbDarkenedDisk(1.0, MAS * diameter, limb_darkening)


def build(v2: PerBaseline, *, largest: float = 50.0, noise_factor: float | None = 3.0) -> pm.Model:
    """Return the model: a star up to ``largest`` (mas), darkened at its limb, and errors known within a factor."""
    likelihood = SquaredVisibility(v2)
    with pm.Model(coords=likelihood.coords) as model:
        darkening = pm.HalfNormal("limb_darkening", 0.5)
        # the even disk of the same second moment: the data tell it almost independently of the darkening
        even = pm.Uniform("even_diameter", 0.0, largest)
        diameter = pm.Deterministic("diameter", even * pm.math.sqrt(1.0 + 0.25 * darkening))
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        likelihood.observe("v2", sky(diameter, darkening).visibility(*likelihood.baselines), noise_scale=scale)
    return model


def simulated(seed: int) -> PerBaseline:
    """Return a star of 8 mas and exponent 0.2 seen by four telescopes; errors are twice what they claim."""
    places = np.random.default_rng(seed).uniform(-50.0, 50.0, (35, 4, 2))
    return observe_optical(
        AsTruth(sky(8.0, 0.2)), telescopes=places, wavelength=1.65e-6, v2_error=0.02, noise_scale=2.0, seed=seed
    ).v2


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="limb_darkened_disk", draws=500, tune=500).parse_args()
    v2 = read_oifits(args.data[0]).v2 if args.data else simulated(args.seed)
    model = build(v2)
    start = scan(model, "even_diameter", np.linspace(0.1, 49.9, 500))
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    mean = {name: float(tree["posterior"][name].mean()) for name in ("diameter", "limb_darkening", "noise_scale")}
    star = AsTruth(sky(mean["diameter"], mean["limb_darkening"]))
    picture = squared_visibility(
        v2, np.abs(star.visibilities(v2.u, v2.v, 0.0 * v2.u)) ** 2, noise_scale=mean["noise_scale"]
    )
    write_story(tree, args.out, names=tuple(mean), label=SquaredVisibility(v2).label, pictures={"fit": picture})


if __name__ == "__main__":
    main()
