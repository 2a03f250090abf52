"""A limb-darkened star from squared visibilities: diameter, limb darkening and the true size of the errors.

The brightness falls as a power of mu = cos(angle): its exponent is 0 for an even disk.

python models/limb_darkened_disk.py [DATA] --draws 1000 --tune 1000 --chains 4 --seed 1 --out limb_darkened_disk
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pymc as pm

from bayesim.data import PerBaseline, read_oifits
from bayesim.likelihoods import SquaredVisibility
from bayesim.maps import scalars
from bayesim.plots import squared_visibility
from bayesim.priors import NoiseScale
from bayesim.samplers import judge, nuts, scan
from bayesim.sources import PowerLawLimbDarkenedDisk

MAS = np.radians(1.0 / 3.6e6)


def build(v2: PerBaseline, *, largest: float = 50.0, noise_factor: float | None = 3.0) -> pm.Model:
    """Return the model: a star up to ``largest`` (mas), darkened at its limb, and errors known within a factor."""
    likelihood = SquaredVisibility(v2)
    with pm.Model(coords=likelihood.coords) as model:
        diameter = pm.Uniform("diameter", 0.0, largest)
        scale = None if noise_factor is None else NoiseScale(noise_factor).variable("noise_scale")
        darkening = pm.HalfNormal("limb_darkening", 0.5)
        star = PowerLawLimbDarkenedDisk(1.0, MAS * diameter, darkening)
        seen = star.visibility(*likelihood.baselines)
        pm.Deterministic("model", pm.math.sqr(seen).sum(axis=0), dims="squared_visibility")
        likelihood.observe("v2", seen, noise_scale=scale)
    return model


def simulated(seed: int) -> PerBaseline:
    """Return a star of 8 mas and exponent 0.2 on 200 baselines of up to 140 m; errors are twice what they claim."""
    rng = np.random.default_rng(seed)
    length, angle = rng.uniform(10.0, 140.0, 200) / 1.65e-6, rng.uniform(0.0, np.pi, 200)
    u, v = length * np.sin(angle), length * np.cos(angle)
    seen = pm.draw(PowerLawLimbDarkenedDisk(1.0, 8.0 * MAS, 0.2).visibility(u, v))
    truth = np.square(seen).sum(axis=0)
    sigma = 0.02 * truth + 1e-4
    value = truth + 2.0 * sigma * rng.standard_normal(u.size)
    unknown = np.full(u.size, np.nan)
    return PerBaseline(value, sigma, u, v, unknown, unknown, np.full((u.size, 2), -1))


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, help="OIFITS file; simulated by default")
    for name, number in (("--draws", 1000), ("--tune", 1000), ("--chains", 4), ("--seed", 1)):
        parser.add_argument(name, type=int, default=number)
    parser.add_argument("--out", type=Path, default=Path("limb_darkened_disk"))
    args = parser.parse_args()

    v2 = read_oifits(args.data).v2 if args.data else simulated(args.seed)
    model = build(v2)
    start = scan(model, "diameter", np.linspace(0.1, 49.9, 500))
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    verdict, posterior = judge(tree, names=("diameter", "limb_darkening", "noise_scale")), scalars(tree)
    summary = {"posterior": posterior, "verdict": verdict.headline, "label": SquaredVisibility(v2).label}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "summary.json").write_text(json.dumps(summary, indent=2))
    mean = tree["posterior"]["model"].mean(("chain", "draw")).values
    axes = squared_visibility(v2, mean, noise_scale=posterior["noise_scale"]["mean"])
    axes.figure.savefig(args.out / "fit.png", dpi=150, bbox_inches="tight")
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
