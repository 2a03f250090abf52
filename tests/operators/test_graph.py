"""The Ops: derivatives, shapes, identity, pickles; one table of cases for both operators."""

import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import disconnected_type, pullback, pushforward, verify_grad

from bayesim.errors import GridError
from bayesim.operators import Normal, Statistics
from bayesim.operators.graph import NormalOp, NufftAdjointOp, NufftOp, QuadraticOp, quadratic, visibilities
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid

CELL = 5e-5
SHAPE = (9, 12)
PYTHON = "FAST_COMPILE"


def a_nufft(*, n=40, shape=SHAPE, centre=(0.01, -0.002), seed=0, tolerance=1e-12):
    u, v = np.random.default_rng(seed).uniform(-9e3, 9e3, (2, n))
    return Nufft(u, v, Grid(shape, cell=CELL, centre=centre), tolerance=tolerance)


def a_normal(*, shape=SHAPE, seed=0, response=True):
    """Statistics of a PSF made by a handful of baselines, so that G is positive semi-definite."""
    rng = np.random.default_rng(seed)
    rows, columns = shape
    u, v, weight = *rng.uniform(-0.4, 0.4, (2, 30)), rng.uniform(0.5, 1.5, 30)
    lags = np.multiply.outer(np.arange(-rows, rows), v)[:, None, :] - np.multiply.outer(
        np.arange(-columns, columns), u
    )
    statistics = Statistics(
        grid=Grid(shape, cell=CELL),
        dirty=rng.normal(size=shape),
        psf=np.cos(2 * np.pi * lags) @ weight,
        energy=1.0,
        count=30,
        sum_weight=weight.sum(),
        response=rng.uniform(0.5, 1.0, shape) if response else None,
    )
    return Normal(statistics)


NUFFT, NORMAL = a_nufft(), a_normal()
OPS = {
    "nufft": (NufftOp(NUFFT), SHAPE),
    "nufft adjoint": (NufftAdjointOp(NUFFT), (2, NUFFT.n_vis)),
    "normal": (NormalOp(NORMAL), SHAPE),
}
ids, cases = list(OPS), list(OPS.values())


def noise(shape, *, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def log_likelihood(image):
    """A curved function of the visibilities."""
    vis = visibilities(NUFFT, image)
    return -0.5 * pt.sum(pt.sqr(vis - 1.0)) + pt.sum(pt.sin(vis))


SCALARS = {
    "nufft": log_likelihood,
    "quadratic": lambda image: quadratic(NORMAL, image)[0],
    "quadratic gradient": lambda image: pt.sum(pt.exp(0.001 * quadratic(NORMAL, image)[1])),
}


def test_forward_is_the_numpy_twin():
    x = pt.dmatrix()
    image = noise(SHAPE)
    vis, (value, gradient) = visibilities(NUFFT, x), quadratic(NORMAL, x)
    got = pytensor.function([x], [vis, value, gradient], mode=PYTHON)(image)
    expected = NUFFT.forward(image)
    np.testing.assert_array_equal(got[0], [expected.real, expected.imag])
    twin = NORMAL.value_and_gradient(image)
    assert got[1] == twin[0]
    np.testing.assert_array_equal(got[2], twin[1])


@pytest.mark.parametrize(("op", "shape"), cases, ids=ids)
def test_verify_grad_of_linear_ops(op, shape):
    verify_grad(op, [noise(shape)], rng=np.random.default_rng(0), mode=PYTHON)


@pytest.mark.parametrize("output", [0, 1])
def test_verify_grad_of_the_quadratic(output):
    verify_grad(lambda x: QuadraticOp(NORMAL)(x)[output], [noise(SHAPE)], rng=np.random.default_rng(0), mode=PYTHON)


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
def test_gradient_against_central_differences(scalar):
    x = pt.dmatrix()
    value = scalar(x)
    function = pytensor.function([x], [value, pytensor.grad(value, x)], mode=PYTHON)
    for seed in range(50):
        image, direction = 0.1 * noise(SHAPE, seed=seed), noise(SHAPE, seed=seed + 1000)
        step = 1e-4
        (up, _), (down, _) = function(image + step * direction), function(image - step * direction)
        slope = np.sum(function(image)[1] * direction)
        scale = np.linalg.norm(function(image)[1]) * np.linalg.norm(direction)
        assert abs((up - down) / (2 * step) - slope) <= 1e-6 * scale


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
def test_hessian_vector_product(scalar):
    x, along = pt.dmatrix(), pt.dmatrix()
    gradient = pytensor.grad(scalar(x), x)
    backward = pullback(gradient, x, along)
    forward = pushforward(gradient, x, along, use_op_pushforward=True)
    function = pytensor.function([x, along], [backward, forward], mode=PYTHON)
    slope = pytensor.function([x], gradient, mode=PYTHON)
    image, direction, step = 0.1 * noise(SHAPE), noise(SHAPE, seed=2), 1e-5
    expected = (slope(image + step * direction) - slope(image - step * direction)) / (2 * step)
    for product in function(image, direction):
        np.testing.assert_allclose(product, expected, atol=1e-6 * np.abs(expected).max())


def test_value_and_gradient_share_one_convolution():
    x = pt.dmatrix()
    value, _ = quadratic(NORMAL, x)
    function = pytensor.function([x], [value, pytensor.grad(value, x)], mode=PYTHON)
    ops = [node.op for node in function.maker.fgraph.toposort()]
    assert sum(isinstance(op, QuadraticOp | NormalOp) for op in ops) == 1


@pytest.mark.parametrize(("op", "shape"), cases, ids=ids)
def test_infer_shape_does_not_evaluate(op, shape):
    x = pt.dmatrix()
    out = op(x)
    function = pytensor.function([x], out.shape, mode=pytensor.compile.mode.Mode("py", "fast_run"))
    assert tuple(function(noise(shape))) == out.type.shape
    assert not any(isinstance(node.op, type(op)) for node in function.maker.fgraph.toposort())


def test_disconnected_gradients():
    x = pt.dmatrix()
    quad = QuadraticOp(NORMAL)
    outputs = quad(x)
    absent = disconnected_type()
    assert quad.pullback([x], outputs, [absent, absent])[0].type == absent.type
    assert NufftOp(NUFFT).pullback([x], [visibilities(NUFFT, x)], [absent])[0].type == absent.type
    assert NormalOp(NORMAL).pushforward([x], [], [absent])[0].type == absent.type


@pytest.mark.parametrize("op", [*(op for op, _ in cases), QuadraticOp(NORMAL)], ids=[*ids, "quadratic"])
def test_pickles_and_is_its_content(op):
    copy = pickle.loads(pickle.dumps(op))  # noqa: S301 - bytes made on this line
    assert copy == op
    assert hash(copy) == hash(op)
    shape = dict(zip(map(type, [o for o, _ in cases]), [s for _, s in cases], strict=True)).get(type(op), SHAPE)
    x = pt.dmatrix()
    out, out_copy = op(x), copy(x)
    if isinstance(out, list):
        out, out_copy = out[1], out_copy[1]
    function = pytensor.function([x], [out, out_copy], mode=PYTHON)
    first, second = function(noise(shape))
    np.testing.assert_array_equal(first, second)


def test_another_operator_is_another_op():
    assert NufftOp(NUFFT) == NufftOp(a_nufft())
    assert NufftOp(NUFFT) != NufftOp(a_nufft(seed=1))
    assert NufftOp(NUFFT) != NufftAdjointOp(NUFFT)
    assert QuadraticOp(NORMAL) == QuadraticOp(a_normal())
    assert QuadraticOp(NORMAL) != QuadraticOp(a_normal(seed=1))
    assert QuadraticOp(NORMAL) != QuadraticOp(a_normal(response=False))


@pytest.mark.parametrize("op", [NufftOp(NUFFT), NormalOp(NORMAL), QuadraticOp(NORMAL)], ids=str)
@pytest.mark.parametrize("image", [np.zeros((5, 5)), np.zeros(SHAPE, dtype=complex), pt.dvector()], ids=str)
def test_a_wrong_image_is_refused(op, image):
    with pytest.raises(GridError):
        op(image)


def test_a_wrong_shape_at_run_time_is_refused():
    x = pt.dmatrix()
    function = pytensor.function([x], visibilities(NUFFT, x), mode=PYTHON)
    with pytest.raises(GridError):
        function(np.zeros((3, 3)))
