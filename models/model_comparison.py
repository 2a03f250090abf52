"""Is a star an even disk, a ring, or a disk darkened at its limb? Three models of the same squared visibilities.

Each is judged by what it predicts of every datum from all others (PSIS leave-one-out).

python models/model_comparison.py [OIFITS] --draws 500 --tune 500 --chains 4 --seed 1 --out model_comparison
"""

import numpy as np
import pymc as pm

from bayesim.data import PerBaseline, observe_optical, read_oifits
from bayesim.likelihoods import SquaredVisibility
from bayesim.plots import comparison
from bayesim.priors import NoiseScale
from bayesim.report import story_line, write_story
from bayesim.samplers import compare, nuts, scan
from bayesim.sources import AsTruth, PowerLawLimbDarkenedDisk, ThickRing, UniformDisk

MAS = np.radians(1.0 / 3.6e6)


def disk(diameter) -> UniformDisk:
    """Return an even disk; sizes in mas."""
    return UniformDisk(1.0, MAS * diameter)


def ring(diameter) -> ThickRing:
    """Return a ring whose width is given by a prior of its own."""
    return ThickRing(1.0, MAS * diameter, MAS * pm.HalfNormal("width", 5.0))


def limb_darkened_disk(diameter) -> PowerLawLimbDarkenedDisk:
    """Return a disk whose limb darkening is given by a prior of its own."""
    return PowerLawLimbDarkenedDisk(1.0, MAS * diameter, pm.HalfNormal("limb_darkening", 0.5))


SHAPES = (disk, ring, limb_darkened_disk)


def build(v2: PerBaseline, shape, *, largest: float = 50.0, noise_factor: float = 3.0) -> pm.Model:
    """Return the model of one shape up to ``largest`` (mas), with errors known within a factor."""
    likelihood = SquaredVisibility(v2)
    with pm.Model(coords=likelihood.coords) as model:
        scale = NoiseScale(noise_factor).variable("noise_scale")
        star = shape(pm.Uniform("diameter", 0.0, largest))
        likelihood.observe("v2", star.visibility(*likelihood.baselines), noise_scale=scale)
    return model


def simulated(seed: int) -> PerBaseline:
    """Return a limb-darkened star of 8 mas seen by four telescopes; errors are twice what they claim."""
    places = np.random.default_rng(seed).uniform(-50.0, 50.0, (35, 4, 2))
    star = AsTruth(PowerLawLimbDarkenedDisk(1.0, 8.0 * MAS, 0.2))
    return observe_optical(star, telescopes=places, wavelength=1.65e-6, v2_error=0.02, noise_scale=2.0, seed=seed).v2


def main() -> None:
    """Fit data (simulated when none are given) with every shape, save the table of predictions and a picture."""
    args = story_line(__doc__, out="model_comparison", draws=500, tune=500).parse_args()
    v2 = read_oifits(args.data[0]).v2 if args.data else simulated(args.seed)
    counts, fits = {"draws": args.draws, "tune": args.tune, "chains": args.chains}, {}
    for shape in SHAPES:
        model = build(v2, shape)
        start = scan(model, "diameter", np.linspace(0.1, 49.9, 500))
        fits[shape.__name__] = (model, nuts.sample(model, seed=args.seed, start=start, **counts))
    table = compare(fits)
    best = next(iter(table))
    model, tree = fits[best]
    names = tuple(variable.name for variable in model.free_RVs)
    rows = {name: vars(row) for name, row in table.items()}
    picture = {"comparison": comparison(table)}
    label = SquaredVisibility(v2).label
    write_story(tree, args.out, names=names, label=label, pictures=picture, best=best, comparison=rows)


if __name__ == "__main__":
    main()
