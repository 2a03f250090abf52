"""A star as an even disk, from squared visibilities: its diameter and the true size of the errors.

python models/uniform_disk.py [OIFITS] --draws 500 --tune 500 --chains 4 --seed 1 --out uniform_disk
"""

import numpy as np
import pymc as pm

from bayesim.data import PerBaseline, observe_optical, read_oifits
from bayesim.likelihoods import SquaredVisibility
from bayesim.plots import squared_visibility
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import nuts, scan
from bayesim.sources import AsTruth, UniformDisk

MAS = np.radians(1.0 / 3.6e6)


def sky(diameter) -> UniformDisk:
    """Return a star of flux 1, its diameter in mas."""
    return UniformDisk(1.0, MAS * diameter)


def build(v2: PerBaseline, *, largest: float = 50.0, noise_factor: float | None = 3.0) -> pm.Model:
    """Return the model: an even disk up to ``largest`` (mas), and errors known within a factor."""
    likelihood = SquaredVisibility(v2)
    with pm.Model(coords=likelihood.coords) as model:
        star = sky(pm.Uniform("diameter", 0.0, largest))
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        likelihood.observe("v2", star.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def simulated(seed: int) -> PerBaseline:
    """Return a star of 8 mas seen by four telescopes up to 140 m apart; errors are twice what they claim."""
    places = np.random.default_rng(seed).uniform(-50.0, 50.0, (35, 4, 2))
    return observe_optical(
        AsTruth(sky(8.0)), telescopes=places, wavelength=1.65e-6, v2_error=0.02, noise_scale=2.0, seed=seed
    ).v2


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="uniform_disk", draws=500, tune=500).parse_args()
    v2 = read_oifits(args.data[0]).v2 if args.data else simulated(args.seed)
    model = build(v2)
    start = scan(model, "diameter", np.linspace(0.1, 49.9, 500))
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    mean = {name: float(tree["posterior"][name].mean()) for name in ("diameter", "noise_scale")}
    fitted = np.abs(AsTruth(sky(mean["diameter"])).visibilities(v2.u, v2.v, 0.0 * v2.u)) ** 2
    picture = squared_visibility(v2, fitted, noise_scale=mean["noise_scale"])
    write_story(tree, args.out, names=tuple(mean), label=SquaredVisibility(v2).label, pictures={"fit": picture})


if __name__ == "__main__":
    main()
