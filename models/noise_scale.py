"""How wrong are the weights? A compact source, and a noise scale for each third of the baselines, by their length.

python models/noise_scale.py [DATA ...] --draws 1000 --tune 1000 --chains 4 --seed 1 --out noise_scale
"""

from dataclasses import replace

import numpy as np
import pymc as pm

from bayesim.data import Groups, Visibilities, array, by_baseline_length, joined, observe, read
from bayesim.likelihoods import ComplexGaussian
from bayesim.plots import radial
from bayesim.report import story_line, write_story
from bayesim.samplers import multi_start, nuts
from bayesim.sources import AsTruth, Gaussian, Offset

MAS = np.radians(1.0 / 3.6e6)
WRONG = np.array([0.5, 1.0, 3.0])  # by which the simulated noise exceeds what the weights say, short to long
SKY = ("flux", "width", "l", "m")


def sky(flux, width, l, m) -> Offset:
    """Return a Gaussian: Jy, mas."""
    return Offset(Gaussian(flux, MAS * width), l=MAS * l, m=MAS * m)


def thirds(vis: Visibilities) -> Groups:
    """Return the short, middle and long baselines."""
    return by_baseline_length(vis, np.quantile(np.hypot(vis.u, vis.v), (1 / 3, 2 / 3)))


def build(vis: Visibilities, groups: Groups, *, factor: float = 10.0, floor: float = 0.01) -> pm.Model:
    """Return the model: a scale per group, known within a factor, and a systematic error of about ``floor``."""
    likelihood, beam = ComplexGaussian(vis), 1.0 / (MAS * vis.longest_baseline)
    with pm.Model(coords={**likelihood.coords, "length": groups.labels}) as model:
        flux = pm.LogNormal("flux", np.log(np.abs(vis.data).max()), 1.0)
        place = [pm.Normal(name, 0.0, beam) for name in ("l", "m")]
        source = sky(flux, pm.HalfNormal("width", 3.0 * beam), *place)
        scale = pm.LogNormal("noise_scales", 0.0, np.log(factor), dims="length")
        # of all data together: the root of the mean square
        pm.Deterministic("noise_scale", pm.math.sqrt(pm.math.sum(groups.counts / len(vis) * scale**2)))
        seen = source.visibility(*likelihood.baselines)
        systematic = pm.HalfNormal("floor", floor)
        likelihood.observe("visibilities", seen, noise_scale=groups.of(scale), floor=systematic)
    return model


def simulated(seed: int) -> Visibilities:
    """Return the VLA on a source of half a beam, with weights that are wrong by :data:`WRONG`."""
    sky_at = {"declination": 0.6, "hour_angles": [-0.5, 0.0, 0.5], "frequency": 1.4e9}
    vis = observe(array("vla.a"), sources=[AsTruth(sky(1.0, 600.0, 200.0, -100.0))], **sky_at, sigma=0.1, seed=None)
    rng, scale = np.random.default_rng(seed), thirds(vis).of(WRONG)
    noise = rng.standard_normal((2, len(vis))) * scale * vis.weight**-0.5
    return replace(vis, data=vis.data + noise[0] + 1j * noise[1])


def main() -> None:
    """Fit data (simulated when none are given), print the verdict, save a summary and a picture."""
    args = story_line(__doc__, out="noise_scale").parse_args()
    vis = joined([read(path) for path in args.data]) if args.data else simulated(args.seed)
    groups = thirds(vis)
    model = build(vis, groups)
    start = multi_start(model, seed=args.seed)
    tree = nuts.sample(model, seed=args.seed, start=start, draws=args.draws, tune=args.tune, chains=args.chains)
    draws = tree["posterior"].to_dataset()
    each = {f"noise_scale_{k}": draws["noise_scales"][..., k].drop_vars("length") for k in range(len(groups))}
    tree["posterior"] = type(tree)(draws.assign(each))
    mean = {name: float(draws[name].mean()) for name in (*SKY, "floor")}
    floor = mean.pop("floor")
    seen = AsTruth(sky(**mean)).visibilities(vis.u, vis.v, vis.w)
    scale = groups.of(draws["noise_scales"].mean(("chain", "draw")).values)
    picture = radial(replace(vis, weight=1.0 / (scale**2 / vis.weight + np.abs(floor * seen) ** 2)), seen)
    names = (*SKY, "floor", "noise_scale", *each)
    label = f"{ComplexGaussian(vis).label}, one noise scale per class of baseline length"
    write_story(tree, args.out, names=names, label=label, pictures={"misfit": picture}, groups=list(groups.labels))


if __name__ == "__main__":
    main()
