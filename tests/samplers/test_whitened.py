"""Coordinates from the curvature at the mode: the density stays what it is, thin posteriors become easy."""

import numpy as np
import pymc as pm
import pytest

from bayesim.errors import ModelError
from bayesim.samplers import Start, Whitened, nuts
from bayesim.samplers._affine import WHITE, Affine
from bayesim.samplers._first_point import FirstPoint
from bayesim.testing.samplers import check_gaussian

SIZE, ERROR = 12, 0.01
PRECISION = np.eye(SIZE) + np.ones((SIZE, SIZE)) / ERROR**2
COVARIANCE = np.linalg.inv(PRECISION)


def sheet():
    """Return a Gaussian that is a thousand times wider along than across."""
    with pm.Model(coords={"place": np.arange(SIZE)}) as model:
        x = pm.Normal("x", dims="place")
        pm.Normal("total", x.sum(), ERROR, observed=3.0)
    return model


def pairs(truth=0.3, count=60):
    """Return a model of pairs of data with a mean for each pair, and the estimate of the noise that knows of them."""
    rng = np.random.default_rng(5)
    data = rng.normal(0.0, 10.0, (count, 1)) + truth * rng.standard_normal((count, 2))
    with pm.Model() as model:
        mean, noise = pm.Normal("mean", 0.0, 1e3, shape=count), pm.LogNormal("noise", 0.0, 2.0)
        pm.Normal("seen", mean[:, None], noise, observed=data)
    return model, np.sqrt(np.mean(np.square(data[:, 0] - data[:, 1])) / 2.0)


def test_the_density_and_the_variables_are_those_of_the_model():
    with pm.Model(coords={"side": ["a", "b"]}) as model:
        scale, part = pm.LogNormal("scale", 0.0, 1.0), pm.Uniform("part", 0.0, 2.0, dims="side")
        pm.Deterministic("product", scale * part, dims="side")
        pm.Normal("seen", scale * part, 0.5, observed=[0.3, 0.7])
    first, rng = FirstPoint(model, Start()), np.random.default_rng(1)
    affine = Affine(model, [value.shape for value in first.values.values()], first.centre)
    root, z = np.tril(rng.standard_normal((3, 3))), rng.standard_normal(3)
    affine.move(centre=first.centre + 0.1, root=root)
    x = first.centre + 0.1 + root @ z
    wanted = model.compile_logp(mode="FAST_COMPILE")({"scale_log__": x[0], "part_interval__": x[1:]})
    found = affine.model.compile_logp(mode="FAST_COMPILE")({WHITE: z})
    assert float(found) == pytest.approx(float(wanted), rel=1e-13)
    names = ["scale", "part", "product"]
    graphs = affine.model.replace_rvs_by_values([affine.model[name] for name in names])
    values = affine.model.compile_fn(graphs, inputs=affine.model.value_vars, mode="FAST_COMPILE")({WHITE: z})
    part_there = 2.0 / (1.0 + np.exp(-x[1:]))
    for value, there in zip(values, (np.exp(x[0]), part_there, np.exp(x[0]) * part_there), strict=True):
        np.testing.assert_allclose(value, there, rtol=1e-12)
    assert affine.model.named_vars_to_dims["product"] == ("side",)


def test_a_scale_is_taken_where_the_others_leave_it():
    model, estimate = pairs()
    white, start = Whitened("noise").coordinates(model, Start())
    (graph,) = white.replace_rvs_by_values([white["noise"]])
    found = float(white.compile_fn(graph, inputs=white.value_vars, mode="FAST_COMPILE")(start.values)[()])
    # where all are most probable together, noise is less by the root of two
    assert found == pytest.approx(estimate, rel=0.03)
    assert "noise where its Laplace marginal peaks" in start.rule


@pytest.mark.slow
def test_a_thin_sheet_is_drawn_as_it_is_in_few_steps():
    tree = nuts.sample(sheet(), seed=4, adaptation=Whitened(), draws=1000, tune=300, chains=2, cores=1)
    mean = COVARIANCE @ np.full(SIZE, 3.0 / ERROR**2)
    check_gaussian(tree["posterior"]["x"].values, mean=mean, covariance=COVARIANCE, spread=0.1)
    assert list(tree["posterior"].data_vars) == ["x"]
    assert tree["posterior"]["x"].dims == ("chain", "draw", "place")
    assert float(tree["sample_stats"]["n_steps"].mean()) < 8  # of the axes alone, hundreds
    assert "whitened" in tree.attrs["mass_matrix"]


def test_what_cannot_be_whitened_is_refused():
    with pytest.raises(ModelError, match="no free scalar 'noise'"):
        Whitened("noise").coordinates(sheet(), Start())
    with pytest.raises(ModelError, match="no free scalar 'x'"):
        Whitened("x").coordinates(sheet(), Start())
    with pm.Model() as large:
        pm.Normal("x", shape=3001)
    with pytest.raises(ModelError, match="3001 variables are beyond 3000"):
        Whitened().coordinates(large, Start())
