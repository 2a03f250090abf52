"""The three likelihoods are one function: against a dense matrix, against each other, and in their gradients."""

import numpy as np
import pymc as pm
import pytest

from bayesim.data import from_arrays
from bayesim.errors import ModelError
from bayesim.likelihoods import ImagePlane, PerVisibility, Support, dilated, log_normaliser
from bayesim.operators import Coplanar, WideField, measure
from bayesim.sky import Grid

GRID = Grid((6, 8), cell=2e-3)


def exact(u, v, image):
    phase = np.multiply.outer(v, GRID.m)[:, :, None] + np.multiply.outer(u, GRID.l)[:, None, :]
    return np.einsum("nij,ij->n", np.exp(-2j * np.pi * phase), image)


@pytest.fixture(scope="module")
def vis():
    rng = np.random.default_rng(7)
    n = 40
    u, v = rng.uniform(-200, 200, (2, n))
    truth = rng.exponential(1.0, GRID.shape)
    model = exact(u, v, truth)
    sigma = rng.uniform(0.5, 2.0, n)
    noise = sigma * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
    return from_arrays(u, v, model + noise, sigma=sigma)


@pytest.fixture(scope="module")
def equations(vis):
    return Coplanar(measure(vis, GRID))


def build(likelihood, shape):
    with pm.Model(coords=likelihood.coords) as model:
        dims = ("pixel",) if len(shape) == 1 else ("m", "l")
        image = pm.Normal("image", 0.0, 1e3, dims=dims)
        scale = pm.LogNormal("noise_scale", 0.0, 1.0)
        likelihood.observe("visibilities", image, noise_scale=scale)
    return model


def log_likelihood(model):
    """Compile the likelihood alone: observed variables and potentials."""
    terms = [model.logp(variable, sum=True) for variable in model.observed_RVs]
    total = sum([*terms, *model.potentials])
    inputs = model.value_vars
    replaced = model.replace_rvs_by_values([total])[0]
    return model.compile_fn(replaced, inputs=inputs, mode="FAST_COMPILE")


def dense(vis, image, scale):
    model = exact(vis.u, vis.v, image)
    energy = np.sum(vis.weight * np.abs(vis.data - model) ** 2)
    return log_normaliser(vis.weight) - 2 * len(vis) * np.log(scale) - 0.5 * energy / scale**2


@pytest.mark.parametrize("scale", [1.0, 0.4, 3.0])
def test_all_likelihoods_are_the_exact_sum_with_every_constant(vis, equations, scale):
    rng = np.random.default_rng(3)
    normaliser = log_normaliser(vis.weight)
    every = np.arange(GRID.size)
    image = rng.normal(0, 2.0, GRID.shape)
    likelihoods = (
        PerVisibility(vis, GRID),
        ImagePlane(equations.statistics, normaliser=normaliser),
        Support(equations, every, normaliser=normaliser),
        Support(equations, every, rng.normal(size=GRID.size), normaliser),
    )
    bar = 1e-6 + 1e-12 * equations.energy
    for likelihood in likelihoods:
        sky = image.ravel() if isinstance(likelihood, Support) else image
        function = log_likelihood(build(likelihood, sky.shape))
        found = function({"image": sky, "noise_scale_log__": np.log(scale)})
        assert abs(found - dense(vis, image, scale)) <= bar, likelihood.label


@pytest.mark.parametrize("kind", ["per visibility", "image plane", "support"])
def test_gradient_equals_central_differences(vis, equations, kind):
    likelihood = {
        "per visibility": PerVisibility(vis, GRID),
        "image plane": ImagePlane(equations.statistics),
        "support": Support(equations, np.array([3, 10, 17, 40])),
    }[kind]
    shape = (4,) if kind == "support" else GRID.shape
    model = build(likelihood, shape)
    value, slope = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(11)
    for _ in range(5):
        point = {"image": rng.normal(0, 1, shape), "noise_scale_log__": np.asarray(rng.normal(0.5, 0.3))}
        along = {name: rng.normal(size=np.shape(x)) for name, x in point.items()}
        step = 1e-5
        ahead, behind = ({n: x + s * along[n] for n, x in point.items()} for s in (step, -step))
        numeric = (value(ahead) - value(behind)) / (2 * step)
        exact = slope(point) @ np.concatenate([along[v.name].ravel() for v in model.value_vars])
        assert numeric == pytest.approx(exact, rel=1e-6, abs=1e-4)


def test_support_of_some_pixels_holds_the_others_at_zero(vis, equations):
    indices = np.array([3, 10, 17, 40])
    fluxes = np.array([1.0, 2.0, 0.0, 0.5])
    support = Support(equations, indices, fluxes, log_normaliser(vis.weight))
    image = np.zeros(GRID.size)
    image[indices] = flux = np.array([0.3, 1.1, 2.0, -0.4])
    found = log_likelihood(build(support, (4,)))({"image": flux, "noise_scale_log__": 0.0})
    assert found == pytest.approx(dense(vis, image.reshape(GRID.shape), 1.0), abs=1e-6)
    assert "4 of 48 pixels" in support.label


def test_support_carries_the_w_terms_of_a_wide_field():
    rng = np.random.default_rng(8)
    grid = Grid(16, cell=0.02)
    u, v, w = rng.uniform(-20, 20, (3, 50))
    indices = np.array([5, 60, 130, 250])
    l, m = grid.directions(indices)
    columns = np.exp(-2j * np.pi * (np.outer(u, l) + np.outer(v, m) + np.outer(w, np.sqrt(1 - l**2 - m**2) - 1)))
    truth, flux = np.array([3.0, 1.0, 2.0, 4.0]), np.array([2.5, 1.4, 2.0, 3.8])
    noise = rng.standard_normal(50) + 1j * rng.standard_normal(50)
    vis = from_arrays(u, v, columns @ truth + noise, w=w, sigma=np.ones(50))
    equations = WideField(vis, grid, tolerance=1e-10)
    support = Support(equations, indices, truth, log_normaliser(vis.weight))
    found = log_likelihood(build(support, (4,)))({"image": flux, "noise_scale_log__": 0.0})
    energy = np.sum(np.abs(vis.data - columns @ flux) ** 2)
    assert found == pytest.approx(log_normaliser(vis.weight) - 0.5 * energy, abs=1e-6)
    flat = Support(Coplanar(measure(vis, grid)), indices, truth, log_normaliser(vis.weight))
    assert abs(log_likelihood(build(flat, (4,)))({"image": flux, "noise_scale_log__": 0.0}) - found) > 1.0


def test_per_visibility_names_its_dims(vis):
    model = build(PerVisibility(vis, GRID), GRID.shape)
    assert model.named_vars_to_dims["visibilities"] == ("component", "visibility")
    assert model["visibilities"].eval().shape == (2, len(vis))


def test_response_scales_the_sky(vis):
    response = np.random.default_rng(2).uniform(0.2, 1.0, GRID.shape)
    plain = log_likelihood(build(PerVisibility(vis, GRID), GRID.shape))
    seen = log_likelihood(build(PerVisibility(vis, GRID, response=response), GRID.shape))
    point = {"image": np.ones(GRID.shape), "noise_scale_log__": 0.0}
    assert seen(point) == pytest.approx(plain({**point, "image": response}), rel=1e-12)


@pytest.mark.parametrize(
    ("indices", "fluxes", "message"),
    [
        (np.array([], dtype=int), None, "0 pixels"),
        (np.array([3, 3]), None, "ascending"),
        (np.array([3, 48]), None, "leave the grid"),
        (np.array([3, 4]), np.zeros(3), "fluxes have shape"),
    ],
)
def test_bad_supports_are_refused(equations, indices, fluxes, message):
    with pytest.raises(ModelError, match=message):
        Support(equations, indices, fluxes)


def test_response_of_another_shape_is_refused(vis):
    with pytest.raises(ModelError, match="response has shape"):
        PerVisibility(vis, GRID, response=np.ones((2, 2)))


def test_dilation_grows_by_sides_and_corners():
    mask = np.zeros((5, 5), dtype=bool)
    mask[2, 2] = True
    assert dilated(mask, pixels=0).tolist() == [12]
    assert dilated(mask, pixels=1).tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]
    with pytest.raises(ModelError, match="empty"):
        dilated(np.zeros((3, 3), dtype=bool))
