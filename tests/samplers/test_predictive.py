"""Replicated data and pointwise log-likelihood agree with PyMC's own, on the model that has both."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from bayesim.data import from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import PerVisibility
from bayesim.operators.nufft import Nufft
from bayesim.samplers import pointwise, predicted_image, predicted_sources
from bayesim.sky import Grid

GRID = Grid((3, 4), cell=1e-3)


@pytest.fixture(scope="module")
def vis():
    rng = np.random.default_rng(2)
    u, v = rng.uniform(-100, 100, (2, 12))
    data = rng.standard_normal(12) + 1j * rng.standard_normal(12)
    return from_arrays(u, v, data, sigma=rng.uniform(0.5, 2, 12))


@pytest.fixture(scope="module")
def tree():
    rng = np.random.default_rng(3)
    image = rng.exponential(1.0, (2, 40, *GRID.shape))
    scale = rng.uniform(0.5, 2.0, (2, 40))
    posterior = xr.Dataset({"image": (("chain", "draw", "m", "l"), image), "noise_scale": (("chain", "draw"), scale)})
    posterior = posterior.assign_coords(chain=[0, 1], draw=np.arange(40))
    return xr.DataTree.from_dict({"posterior": posterior})


def test_pointwise_log_likelihood_is_that_of_the_model(vis, tree):
    likelihood = PerVisibility(vis, GRID)
    found = pointwise(tree, predicted_image(tree, vis, likelihood.operator, draws=10), seed=1)
    with pm.Model(coords=likelihood.coords):
        image = pm.Flat("image", dims=("m", "l"))
        scale = pm.Flat("noise_scale")
        likelihood.observe("visibilities", image, noise_scale=scale)
        reference = pm.compute_log_likelihood(
            tree.isel(draw=slice(None, None, 4)),
            extend_inferencedata=False,
            progressbar=False,
            compile_kwargs={"mode": "FAST_COMPILE"},
        )
    ours = found["log_likelihood"]["visibilities"]
    assert ours.dims == ("chain", "draw", "component", "visibility")
    np.testing.assert_allclose(ours, reference["visibilities"].values, rtol=1e-10)
    np.testing.assert_array_equal(found["posterior_predictive"]["draw"], np.arange(0, 40, 4))
    np.testing.assert_allclose(ours["baseline_length"], np.hypot(vis.u, vis.v))
    assert "posterior" in found.children


def test_replicas_scatter_by_the_noise_about_the_model(vis, tree):
    operator = Nufft(vis.u, vis.v, GRID)
    predictions = predicted_image(tree, vis, operator, draws=40)
    found, same, other = (pointwise(tree, predictions, seed=seed) for seed in (1, 1, 2))
    replicas = found["posterior_predictive"]["visibilities"].values
    np.testing.assert_array_equal(replicas, same["posterior_predictive"]["visibilities"])
    assert not np.array_equal(replicas, other["posterior_predictive"]["visibilities"])
    posterior = tree["posterior"]
    models = np.array([[operator.forward(x) for x in chain] for chain in posterior["image"].values])
    sigma = posterior["noise_scale"].values[..., None] * vis.weight**-0.5
    pulls = (replicas[:, :, 0] - models.real) / sigma
    assert abs(pulls.mean()) < 4 / np.sqrt(pulls.size)
    assert pulls.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * pulls.size))


def test_an_operator_of_another_shape_is_refused(vis, tree):
    with pytest.raises(ModelError, match="draws have shape"):
        predicted_image(tree, vis, Nufft(vis.u, vis.v, Grid(5, cell=1e-3)))
    with pytest.raises(ModelError, match="no posterior draws of 'sky'"):
        predicted_image(tree, vis, Nufft(vis.u, vis.v, GRID), image="sky")


@pytest.fixture(scope="module")
def sources():
    """Draws of three sources, the last of which comes and goes; everything is absent from the first draw."""
    rng = np.random.default_rng(4)
    flux = rng.exponential(1.0, (2, 12, 3)) * np.array([1, 1, 0])
    flux[:, ::2, 2], flux[0, 0] = 0.3, 0.0
    dims = ("chain", "draw", "source")
    posterior = xr.Dataset(
        {
            "flux": (dims, flux),
            "l": (dims, rng.uniform(-1e-3, 1e-3, flux.shape)),
            "m": (dims, rng.uniform(-1e-3, 1e-3, flux.shape)),
            "noise_scale": (dims[:2], rng.uniform(0.5, 2.0, flux.shape[:2])),
        },
        {"chain": [0, 1], "draw": np.arange(12)},
    )
    return xr.DataTree.from_dict({"posterior": posterior})


@pytest.mark.parametrize("coplanar", [True, False])
def test_sources_predict_their_exact_sum(sources, coplanar):
    rng = np.random.default_rng(5)
    u, v, w = rng.uniform(-1e4, 1e4, (3, 9))
    vis = from_arrays(u, v, rng.standard_normal(9) + 0j, w=w, sigma=rng.uniform(0.5, 2, 9))
    found = pointwise(sources, predicted_sources(sources, vis, draws=6, coplanar=coplanar), seed=1)
    ours, posterior = found["log_likelihood"]["visibilities"], sources["posterior"].to_dataset()
    assert ours.dims == ("chain", "draw", "component", "visibility")
    np.testing.assert_array_equal(ours["draw"], np.arange(0, 12, 2))
    np.testing.assert_array_equal(found["observed_data"]["visibilities"], np.stack([vis.data.real, vis.data.imag]))
    for chain, draw in ((0, 0), (1, 4), (0, 10)):
        one = posterior.sel(chain=chain, draw=draw)
        l, m, flux, scale = (one[name].values for name in ("l", "m", "flux", "noise_scale"))
        turns = np.outer(vis.u, l) + np.outer(vis.v, m)
        if not coplanar:
            turns += np.outer(vis.w, np.sqrt(1 - l**2 - m**2) - 1)
        model = np.exp(-2j * np.pi * turns) @ flux
        sigma = scale * vis.weight**-0.5
        residual = np.stack([(vis.data - model).real, (vis.data - model).imag]) / sigma
        expected = -0.5 * residual**2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
        np.testing.assert_allclose(ours.sel(chain=chain, draw=draw), expected, rtol=1e-5, atol=1e-5)


def test_predictions_are_read_draw_by_draw(sources, vis, tree):
    predictions = predicted_sources(sources, vis, draws=3)
    assert len(predictions) == len(list(predictions)) == 6
    assert predictions.free_scale
    np.testing.assert_array_equal(predictions.draw, [0, 4, 8])
    fewer = predictions.thinned(2)
    np.testing.assert_array_equal(fewer.draw, [0, 8])
    every = list(predictions)
    for (model, scale), place in zip(fewer, (0, 2, 3, 5), strict=True):
        np.testing.assert_array_equal(model, every[place][0])
        assert scale == every[place][1]
    with pytest.raises(ModelError, match="no posterior draws of 'flux', 'l', 'm'"):
        predicted_sources(tree, vis)
    with pytest.raises(ModelError, match="draws 0"):
        predicted_sources(sources, vis, draws=0)
