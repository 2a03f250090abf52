"""The dense quadratic Op: value, both outputs' derivatives, and compiled code."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad

from bayesim.likelihoods._quadratic import DenseQuadratic, quadratic


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(5)
    root = rng.normal(size=(9, 6))
    return rng.normal(size=6), rng.normal(size=6), root.T @ root


def test_value_and_slope(parts):
    h, g, gram = parts
    value, slope = quadratic(h, g, gram)
    assert value == pytest.approx(h @ g - 0.5 * h @ gram @ h, rel=1e-13)
    np.testing.assert_allclose(slope, g - gram @ h, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("output", [0, 1])
def test_verify_grad_of_both_outputs(parts, output):
    h, g, gram = parts
    verify_grad(
        lambda x, y: DenseQuadratic()(x, y, pt.constant(gram))[output],
        [h, g],
        rng=np.random.default_rng(0),
        mode="FAST_COMPILE",
    )


@pytest.mark.parametrize("mode", ["NUMBA", "FAST_COMPILE"])
def test_one_product_serves_value_and_gradient(parts, mode):
    h, g, gram = parts
    step = pt.dvector("step")
    value, _ = DenseQuadratic()(step, pt.constant(g), pytensor.shared(gram))
    function = pytensor.function([step], [value, pt.grad(3.0 * value, step)], mode=mode)
    nodes = [node for node in function.maker.fgraph.apply_nodes if isinstance(node.op, DenseQuadratic)]
    assert len(nodes) == 1
    found = function(h)
    assert found[0] == pytest.approx(h @ g - 0.5 * h @ gram @ h, rel=1e-13)
    np.testing.assert_allclose(found[1], 3 * (g - gram @ h), rtol=1e-12)


def test_the_pushforward_is_the_derivative_along_a_tangent(parts):
    h, g, gram = parts
    step, along = pt.dvector("step"), pt.dvector("along")
    outputs = DenseQuadratic()(step, pt.constant(g), pt.constant(gram))
    rates = pytensor.gradient.pushforward(outputs, [step], [along])
    found = pytensor.function([step, along], rates, mode="FAST_COMPILE")(h, g)
    assert found[0] == pytest.approx((g - gram @ h) @ g, rel=1e-12)
    np.testing.assert_allclose(found[1], -gram @ g, rtol=1e-12)


def test_wrong_ranks_are_refused(parts):
    h, g, _ = parts
    with pytest.raises(TypeError, match="two float64 vectors"):
        DenseQuadratic()(h, g, g)
