"""Draws of an approximate posterior become draws of the exact one, or are refused with the numbers."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayesim.data import from_arrays
from bayesim.errors import ConvergenceError, ModelError
from bayesim.operators import Coplanar, WideField, measure
from bayesim.priors import PositiveLaplace
from bayesim.samplers import LogConcave, truncated_gaussian
from bayesim.samplers.importance import image_log_likelihood, reweighted
from bayesim.solvers import PolyClean
from bayesim.testing import ExactEquations

RATE = 3.0


@pytest.fixture(scope="module")
def normal():
    x = np.random.default_rng(1).standard_normal((4, 2000))
    posterior = xr.Dataset({"x": (("chain", "draw"), x), "y": (("chain", "draw", "k"), np.stack([x, 2 * x], axis=2))})
    return xr.DataTree.from_dict({"posterior": posterior.assign_coords(chain=range(4), draw=range(2000), k=[5, 6])})


def ratio(tree, mean, sd):
    x = tree["posterior"]["x"].values
    return {"approximate": stats.norm.logpdf(x), "exact": stats.norm(mean, sd).logpdf(x)}


def test_a_shifted_gaussian_is_reached(normal):
    tree = reweighted(normal, **ratio(normal, 0.3, 0.9), seed=2)
    x = tree["posterior"]["x"].values
    assert x.mean() == pytest.approx(0.3, abs=0.05)
    assert x.std() == pytest.approx(0.9, rel=0.05)
    np.testing.assert_array_equal(tree["posterior"]["y"].values[..., 1], 2 * x)
    np.testing.assert_array_equal(tree["posterior"]["k"], [5, 6])
    assert tree["posterior"]["y"].dims == ("chain", "draw", "k")
    assert np.exp(tree["importance"]["log_weight"]).sum() == pytest.approx(1.0)
    assert 0.5 < tree.attrs["effective_share"] < 1
    assert "re-weighted to the exact likelihood" in tree.attrs["approximation"]


def test_an_exact_likelihood_leaves_all_draws_as_they_are(normal):
    tree = reweighted(normal, **ratio(normal, 0.0, 1.0), seed=2)
    np.testing.assert_array_equal(tree["posterior"]["x"], normal["posterior"]["x"])
    assert tree.attrs["effective_share"] == 1


@pytest.mark.parametrize(("mean", "sd"), [(2.0, 1.0), (0.0, 2.0)])
def test_what_lies_elsewhere_is_refused_with_the_numbers(normal, mean, sd):
    with pytest.raises(ConvergenceError, match=r"ESS/N = 0\.\d+ .*Pareto k = "):
        reweighted(normal, **ratio(normal, mean, sd), seed=2)


def test_likelihoods_of_other_draws_are_refused(normal):
    with pytest.raises(ModelError, match="for \\(4, 2000\\) draws"):
        reweighted(normal, approximate=np.zeros(3), exact=np.zeros(3), seed=1)
    with pytest.raises(ModelError, match="no variable 'image'"):
        image_log_likelihood(normal, ExactEquations.random(seed=1, npix=4))


def wide(factor):
    """Return a field of 16 pixels whose baselines leave the plane: exact sums, without w, with w."""
    random = ExactEquations.random(seed=3, npix=4)
    uvw = random.uvw * (1, 1, factor)
    exact = ExactEquations(random.grid, uvw, random.data, random.weight)
    u, v, w = uvw.T
    vis = from_arrays(u, v, random.data, w=w, weight=random.weight)
    return exact, Coplanar(measure(vis, random.grid)), WideField(vis, random.grid)


def drawn(equations, seed):
    start = PolyClean().solve(equations, PositiveLaplace(RATE))
    problem = LogConcave(equations, PositiveLaplace, rate=RATE)
    return truncated_gaussian.sample(problem, start=start, seed=seed, draws=2000, chains=2)


def test_a_coplanar_posterior_is_corrected_for_w():
    """Acceptance 8."""
    exact, coplanar, wide_field = wide(8.0)
    approximate = drawn(coplanar, 1)
    logs = [image_log_likelihood(approximate, equations) for equations in (coplanar, wide_field, exact)]
    np.testing.assert_allclose(logs[1] - logs[1].mean(), logs[2] - logs[2].mean(), atol=1e-3)
    tree = reweighted(approximate, approximate=logs[0], exact=logs[1], seed=4)
    referee = drawn(exact, 2)["posterior"]["image"]
    sd = referee.std(("chain", "draw"))
    before, after = (
        float(
            np.abs((given["posterior"]["image"].mean(("chain", "draw")) - referee.mean(("chain", "draw"))) / sd).max()
        )
        for given in (approximate, tree)
    )
    assert after < 0.1 < before


def test_a_large_w_term_is_refused():
    _, coplanar, wide_field = wide(40.0)
    approximate = drawn(coplanar, 1)
    logs = [image_log_likelihood(approximate, equations) for equations in (coplanar, wide_field)]
    with pytest.raises(ConvergenceError, match="draw from the exact posterior itself"):
        reweighted(approximate, approximate=logs[0], exact=logs[1], seed=4)


def test_pixels_of_a_support_and_a_noise_scale_count():
    equations = ExactEquations.random(seed=3, npix=4)
    rng = np.random.default_rng(1)
    sky, scale = rng.exponential(1.0, (1, 3, 2)), rng.uniform(0.5, 2.0, (1, 3))
    found = xr.Dataset(
        {"image": (("chain", "draw", "pixel"), sky), "noise_scale": (("chain", "draw"), scale)},
        {"chain": [0], "draw": range(3), "pixel": [2, 9]},
    )
    values = image_log_likelihood(xr.DataTree.from_dict({"posterior": found}), equations)
    residual = equations.data - (equations.matrix[:, [2, 9]] @ sky[0].T).T
    sigma = scale[0, :, None] * replace(equations).weight ** -0.5
    law = stats.norm(0, sigma)
    direct = (law.logpdf(residual.real) + law.logpdf(residual.imag)).sum(axis=1)
    np.testing.assert_allclose(values.values[0] - values.values[0, 0], direct - direct[0], rtol=1e-10)
