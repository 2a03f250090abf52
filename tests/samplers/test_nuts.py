"""NUTS by nutpie and by PyMC on posteriors that are known in closed form."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy import stats
from scipy.special import ndtr, ndtri

from bayesim.errors import ModelError
from bayesim.likelihoods import Support
from bayesim.priors import GammaRate, PositiveLaplace
from bayesim.samplers import Start, diagnose, judge, nuts, pymc_nuts, start

SAMPLERS = pytest.mark.parametrize("sampler", [nuts, pymc_nuts], ids=["nutpie", "pymc"])


def gaussian(equations):
    """Gaussian pixels, Gaussian data: the posterior is Gaussian."""
    indices = np.arange(equations.grid.size)
    likelihood = Support(equations, indices)
    with pm.Model(coords=likelihood.coords) as model:
        image = pm.Normal("image", 0.0, 2.0, dims="pixel")
        likelihood.observe("visibilities", image)
    precision = equations.gram(indices, indices) + np.eye(indices.size) / 4.0
    covariance = np.linalg.inv(precision)
    return model, covariance @ equations.dirty.ravel(), np.sqrt(np.diag(covariance))


@pytest.fixture(scope="module")
def problem(dense):
    return gaussian(dense())


@SAMPLERS
def test_closed_form_gaussian_posterior(problem, sampler):
    model, mean, sd = problem
    tree = sampler.sample(model, seed=4, draws=4000, tune=500, chains=2, cores=1)
    draws = tree["posterior"]["image"].values
    flat = draws.reshape(-1, mean.size)
    error = flat.std(axis=0, ddof=1) / np.sqrt(diagnose(draws).ess_bulk)
    assert np.all(np.abs(flat.mean(axis=0) - mean) < 4 * error)
    ratio = flat.std(axis=0, ddof=1) / sd
    assert ratio.min() > 0.97
    assert ratio.max() < 1.03
    assert judge(tree).passed


def test_draws_depend_on_the_seed_and_not_on_the_cores(problem):
    model = problem[0]
    images = [
        nuts.sample(model, seed=seed, draws=50, tune=100, chains=2, cores=cores)["posterior"]["image"].values
        for seed, cores in ((7, 1), (7, 2), (8, 1))
    ]
    np.testing.assert_array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


@pytest.fixture(scope="module")
def sparse(dense, solved):
    """Exponential pixels with a Gamma rate, from the mode."""
    equations = dense()
    mode = solved(equations, 5.0)
    likelihood = Support(equations, np.arange(equations.grid.size), mode.image.ravel())
    with pm.Model(coords=likelihood.coords) as model:
        image = PositiveLaplace(GammaRate(2.0, 3.0).variable("lambda")).variable("image", dims=("pixel",))
        likelihood.observe("visibilities", image)
    notes = {"likelihood": likelihood.label, "gap": np.float64(mode.gap)}
    tree = nuts.sample(model, seed=2, start=start(mode, model), draws=3000, tune=500, chains=2, notes=notes)
    return tree, equations


def test_lambda_given_the_image_is_the_conjugate_gamma(sparse):
    posterior = sparse[0]["posterior"]
    shape, rate = np.vectorize(lambda s: GammaRate(2.0, 3.0).conditional(size=16, total=s))(
        posterior["image"].sum("pixel")
    )
    # the probability transform of lambda under its conditional is uniform over the whole run
    levels = stats.gamma.cdf(posterior["lambda"].values, shape, scale=1 / rate)
    thin = max(1, round(levels.size / float(diagnose(levels).ess_bulk)))
    assert stats.kstest(levels.ravel()[::thin], "uniform").pvalue > 1e-3
    wrong = stats.gamma.cdf(posterior["lambda"].values, shape - 2.0, scale=1 / rate)
    assert stats.kstest(wrong.ravel()[::thin], "uniform").pvalue < 1e-3


def test_image_and_lambda_agree_with_a_gibbs_sampler(sparse):
    """The referee alternates truncated Gaussians and a Gamma: it shares no code with NUTS."""
    tree, equations = sparse
    every = np.arange(16)
    gram, dirty = equations.gram(every, every), equations.dirty.ravel()
    rng = np.random.default_rng(0)
    x, kept = np.ones(16), []
    for _ in range(6000):
        rate = rng.gamma(2.0 + 16, 1 / (1 / 3.0 + x.sum()))
        for j in every:
            location = x[j] + (dirty[j] - gram[j] @ x - rate) / gram[j, j]
            sd = gram[j, j] ** -0.5
            x[j] = location - sd * ndtri(rng.uniform() * ndtr(location / sd))
        kept.append([rate, *x])
    gibbs = np.array(kept[500:])
    posterior = tree["posterior"]
    ours = np.column_stack([posterior["lambda"].values.ravel(), posterior["image"].values.reshape(-1, 16)])
    sizes = (diagnose(gibbs[None]).ess_bulk, diagnose(ours.reshape(2, -1, 17)).ess_bulk)
    error = np.sqrt(gibbs.var(axis=0) / sizes[0] + ours.var(axis=0) / sizes[1])
    assert np.all(np.abs(gibbs.mean(axis=0) - ours.mean(axis=0)) < 5 * error)


def test_result_is_located_stamped_and_survives_a_round_trip(sparse, tmp_path):
    tree, equations = sparse
    l, m = equations.grid.directions(np.arange(16))
    np.testing.assert_array_equal(tree["posterior"]["l"], l)
    np.testing.assert_array_equal(tree["posterior"]["m"], m)
    assert tree.attrs["seed"] == 2
    assert tree.attrs["version_bayesim"]
    assert "every pixel at the mean" in tree.attrs["start"]
    assert "16 of 16 pixels" in tree.attrs["likelihood"]
    tree.to_netcdf(tmp_path / "draws.nc")
    with xr.open_datatree(tmp_path / "draws.nc") as back:
        xr.testing.assert_identical(tree["posterior"].to_dataset(), back["posterior"].to_dataset())
        assert {key: str(value) for key, value in back.attrs.items()} == {k: str(v) for k, v in tree.attrs.items()}


@SAMPLERS
@pytest.mark.parametrize("name", ["draws", "tune", "chains"])
def test_counts_below_one_are_refused(problem, sampler, name):
    with pytest.raises(ModelError, match=f"{name} 0 must be"):
        sampler.sample(problem[0], seed=1, **{name: 0})


def test_a_start_of_another_model_is_refused(problem):
    with pytest.raises(ModelError, match=r"names \['sky'\]"):
        nuts.sample(problem[0], seed=1, start=Start(values={"sky": np.ones(16)}))


def test_a_start_outside_the_support_is_refused(dense):
    with pm.Model() as model:
        PositiveLaplace(1.0).variable("image", dims=None)
    with pytest.raises(ModelError, match="inside its support"), np.errstate(all="ignore"):
        nuts.sample(model, seed=1, start=Start(values={"image": np.asarray(0.0)}))
