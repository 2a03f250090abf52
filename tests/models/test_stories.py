"""Every model builds, has a finite density and gradient where chains start, and its story runs to the end."""

import json
import sys

import numpy as np
import pymc as pm
import pytest

from bayesim.data import from_arrays
from bayesim.likelihoods import ImagePlane, Support, dilated
from bayesim.operators import Coplanar, measure
from bayesim.operators.nufft import Nufft
from bayesim.priors import PositiveLaplace
from bayesim.samplers import diagnose, nuts, start
from bayesim.samplers._first_point import FirstPoint
from bayesim.sky import Grid
from bayesim.solvers import PolyClean
from models import hierarchical_lambda, positive_laplace


def field(npix, *, snr, n_vis, seed=0):
    """Eight point sources on grid centres, the brightest at a signal-to-noise ratio, seen by random baselines."""
    rng = np.random.default_rng(seed)
    grid = Grid(npix, cell="1 arcsec")
    radius = 0.5 / grid.cell / 2.2 * np.sqrt(rng.uniform(4e-4, 1.0, n_vis))
    angle = rng.uniform(0, 2 * np.pi, n_vis)
    u, v = radius * np.cos(angle), radius * np.sin(angle)
    sky = np.zeros(grid.shape)
    for k in range(8):
        row, column = rng.integers(npix // 8, npix - npix // 8, 2)
        sky[row, column] += 0.6**k
    sigma = np.sqrt(n_vis) / snr
    noise = sigma * (rng.standard_normal(n_vis) + 1j * rng.standard_normal(n_vis))
    data = Nufft(u, v, grid, tolerance=1e-12).forward(sky) + noise
    return from_arrays(u, v, data, sigma=np.full(n_vis, sigma)), grid


@pytest.fixture(scope="module")
def small():
    vis, grid = field(12, snr=50.0, n_vis=300)
    equations = Coplanar(measure(vis, grid))
    mode = PolyClean().solve(equations, PositiveLaplace(0.05 * equations.dirty.max()))
    return equations, mode


def models(equations, mode):
    pixels = dilated(mode.saturation)
    image_plane = ImagePlane(equations.statistics)
    support = Support(equations, pixels, mode.image.ravel()[pixels])
    scale = equations.sum_weight**0.5
    return {
        "fixed lambda": positive_laplace.build(equations.statistics, rate=mode.rate),
        "fixed lambda, free noise": positive_laplace.build(equations.statistics, rate=mode.rate, noise_factor=2.0),
        "hierarchical": hierarchical_lambda.build(image_plane, rate_scale=scale),
        "hierarchical, known noise": hierarchical_lambda.build(image_plane, rate_scale=scale, noise_factor=None),
        "hierarchical, support": hierarchical_lambda.build(support, rate_scale=scale),
    }


@pytest.mark.parametrize(
    "name",
    [
        "fixed lambda",
        "fixed lambda, free noise",
        "hierarchical",
        "hierarchical, known noise",
        "hierarchical, support",
    ],
)
def test_density_and_gradient_at_the_start(small, name):
    equations, mode = small
    model = models(equations, mode)[name]
    point = FirstPoint(model, start(mode, model)).point(1)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    gradient = slope(point)
    assert np.isfinite(value(point))
    assert np.isfinite(gradient).all()
    rng = np.random.default_rng(4)
    along = {key: rng.standard_normal(np.shape(x)) for key, x in point.items()}
    ahead, behind = ({key: x + s * along[key] for key, x in point.items()} for s in (1e-5, -1e-5))
    numeric = (value(ahead) - value(behind)) / 2e-5
    exact = gradient @ np.concatenate([along[v.name].ravel() for v in model.value_vars])
    assert numeric == pytest.approx(exact, rel=1e-6, abs=1e-3)
    # the start is where the posterior is: far above the point that PyMC would choose
    assert value(point) > value(model.initial_point()) + 100


def test_names_dims_and_prior_predictive(small):
    equations, mode = small
    built = models(equations, mode)
    assert built["hierarchical"].named_vars_to_dims["image"] == ("m", "l")
    assert built["hierarchical, support"].named_vars_to_dims["image"] == ("pixel",)
    assert {v.name for v in built["hierarchical"].free_RVs} == {"image", "lambda", "noise_scale"}
    # the potential is the likelihood, which prior draws rightly leave out
    with built["hierarchical"], pytest.warns(UserWarning, match="Potentials"):
        prior = pm.sample_prior_predictive(draws=5, random_seed=1)["prior"]
    assert prior["image"].shape == (1, 5, *equations.grid.shape)
    assert float(prior["image"].min()) >= 0


@pytest.mark.parametrize("story", [positive_laplace, hierarchical_lambda], ids=lambda module: module.__name__)
def test_the_story_runs_and_writes_its_summary(story, tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    out = tmp_path / "run"
    counts = ["--npix", "16", "--draws", "40", "--tune", "100", "--chains", "2"]
    monkeypatch.setattr(sys, "argv", ["story", *counts, "--out", str(out)])
    story.main()
    summary = json.loads((out / "summary.json").read_text())
    assert summary == json.loads(capsys.readouterr().out)
    # two sources of 1.3 Jy in all; the exponential prior of every pixel adds to the total
    assert 1.0 < summary["total_flux"] < 3.0
    assert set(summary["posterior"]) == ({"lambda", "noise_scale"} if story is hierarchical_lambda else set())
    assert summary["verdict"].startswith("FAILED")  # 80 draws are too few, and are said to be
    assert (out / "posterior.png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("snr", [30.0, 300.0])
def test_64_by_64_with_inferred_lambda_samples_without_divergences(snr):
    vis, grid = field(64, snr=snr, n_vis=10_000)
    equations = Coplanar(measure(vis, grid))
    mode = PolyClean().solve(equations, PositiveLaplace(0.05 * equations.dirty.max()))
    likelihood = ImagePlane(equations.statistics)
    model = hierarchical_lambda.build(likelihood, rate_scale=equations.sum_weight**0.5, noise_factor=None)
    tree = nuts.sample(model, seed=1, start=start(mode, model), draws=500, tune=500, chains=2)
    image, rate = (diagnose(tree["posterior"][name].values) for name in ("image", "lambda"))
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    assert image.rhat.max() < 1.05
    assert np.median(image.ess_bulk) > 400
    assert rate.ess_bulk > 100
