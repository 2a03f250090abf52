"""The compiled operators: same numbers, no Python inside, threads, processes, caches, a PyMC model."""

import ctypes
import gc
import multiprocessing
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numba
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.compile.ops import wrap_py
from scipy import fft

from bayesim.operators import Normal, Statistics, _convolve, _lattice
from bayesim.operators._block_fft import block_fft, roots_of_unity
from bayesim.operators._lanes import WIDTH
from bayesim.operators._lattice import compiled_convolve, kept_lattice
from bayesim.operators.graph import NormalOp, NufftAdjointOp, NufftOp, quadratic, visibilities
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid

CELL = 5e-5
SHAPE = (9, 12)
CENTRES = {"centred": (0.0, 0.0), "off-centre": (0.01, -0.002)}


def noise(shape, *, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def a_nufft(*, n=40, shape=SHAPE, centre=CENTRES["off-centre"], seed=0):
    u, v = np.random.default_rng(seed).uniform(-9e3, 9e3, (2, n))
    return Nufft(u, v, Grid(shape, cell=CELL, centre=centre), tolerance=1e-9)


def a_normal(shape=SHAPE, *, seed=0, response=True):
    rng = np.random.default_rng(seed)
    rows, columns = shape
    psf = rng.normal(size=(2 * rows, 2 * columns))
    psf[1:, 1:] += psf[1:, 1:][::-1, ::-1]
    return Normal(
        Statistics(
            grid=Grid(shape, cell=1e-7),
            dirty=rng.normal(size=shape),
            psf=psf,
            energy=1.0,
            count=30,
            sum_weight=1.0,
            response=rng.uniform(0.5, 1.0, shape) if response else None,
        )
    )


def both(make):
    """The same graph by Python and by numba; any numba warning (object mode, no cache) is an error."""
    x = pt.dmatrix("x")
    outputs = make(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = pytensor.function([x], outputs, mode="NUMBA")
    return pytensor.function([x], outputs, mode="FAST_COMPILE"), compiled


def close(a, b):
    scale = max(np.abs(a).max(), 1e-300)
    assert np.abs(np.asarray(a) - np.asarray(b)).max() <= 1e-10 * scale


@pytest.mark.parametrize("centre", CENTRES.values(), ids=CENTRES)
@pytest.mark.parametrize("transposed", [False, True])
def test_nufft_agrees_with_python(centre, transposed):
    nufft = a_nufft(centre=centre)
    source = SHAPE if not transposed else (2, nufft.n_vis)
    op = NufftAdjointOp(nufft) if transposed else NufftOp(nufft)
    python, compiled = both(op)
    for value in (noise(source), np.asfortranarray(noise(source)), noise(source[::-1]).T):
        close(python(value), compiled(value))


def test_quadratic_and_its_second_derivative_agree_with_python():
    normal = a_normal()

    def derivatives(x):
        value, gradient = quadratic(normal, x)
        return [value, gradient, pytensor.grad(pt.sum(pt.sin(gradient)), x)]

    python, compiled = both(derivatives)
    for image in (noise(SHAPE), np.asfortranarray(noise(SHAPE)), noise(SHAPE[::-1]).T):
        for a, b in zip(python(image), compiled(image), strict=True):
            close(a, b)


def convolved(normal, image):
    """The machine code itself, without a graph."""
    lattice = kept_lattice(normal, NormalOp(normal).key)
    product, image = np.empty(normal.shape), np.ascontiguousarray(image)
    doubles = ctypes.POINTER(ctypes.c_double)
    tables, source, target = (array.ctypes.data_as(doubles) for array in (lattice.tables, image, product))
    compiled_convolve().ctypes(tables, lattice.tables.size, source, target)
    return product


@settings(max_examples=80, deadline=None)
@given(shape=st.tuples(st.integers(1, 70), st.integers(1, 70)), response=st.booleans(), seed=st.integers(0, 10**6))
def test_convolution_equals_scipy_for_every_shape(shape, response, seed):
    normal = a_normal(shape, seed=seed, response=response)
    image = noise(shape, seed=seed)
    expected = normal.apply(image)
    np.testing.assert_allclose(convolved(normal, image), expected, atol=1e-13 * np.abs(expected).max(), rtol=0)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 15, 16, 36, 60, 128, 240])
def test_block_fft_equals_scipy(n):
    block = noise((n, 2, WIDTH), seed=n)
    a, b = block.ravel().copy(), np.empty(block.size)
    inside = block_fft(a, b, n, roots_of_unity(n), 0)
    result = (a if inside else b).reshape(block.shape)
    np.testing.assert_allclose(
        result[:, 0] + 1j * result[:, 1], fft.fft(block[:, 0] + 1j * block[:, 1], axis=0), atol=1e-12
    )


@pytest.mark.parametrize(
    "make", [lambda x: visibilities(NUFFT, x), lambda x: quadratic(NORMAL, x)], ids=["nufft", "quad"]
)
def test_concurrent_calls_give_identical_bits(make):
    _, compiled = both(make)
    function = compiled.vm.jit_fn
    # without Python's lock, as a sampler's threads call it: the calls do overlap
    raw = numba.njit(nogil=True)(lambda image: function(image))
    images = [noise(SHAPE, seed=s) for s in range(64)]
    alone = [raw(i) for i in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(raw, images))
    for one, other in zip(alone, together, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


NUFFT, NORMAL = a_nufft(), a_normal()


def test_compiled_code_holds_no_python_objects():
    _, compiled = both(lambda x: [visibilities(NUFFT, x), *quadratic(NORMAL, x)])
    compiled(noise(SHAPE))
    (overload,) = compiled.vm.jit_fn.overloads.values()
    assert not overload.objectmode
    assert not overload.lifted


def test_the_check_for_python_objects_finds_them():
    plain = wrap_py(itypes=[pt.dmatrix], otypes=[pt.dmatrix])(np.negative)
    with pytest.raises(UserWarning, match="object mode"):
        both(plain)


def test_a_compiled_function_keeps_its_operator_alive():
    expected = a_nufft(seed=5).forward(noise(SHAPE))
    x = pt.dmatrix()
    raw = pytensor.function([x], [visibilities(a_nufft(seed=5), x)], mode="NUMBA").vm.jit_fn
    gc.collect()
    (vis,) = raw(noise(SHAPE))
    close(expected.real, vis[0])


def test_code_from_the_cache_finds_the_plan_of_its_content():
    """The same graph is dropped and built again: machine code of the first may serve the second."""
    image = noise(SHAPE)
    expected = a_nufft(seed=6).forward(image)
    for _ in range(2):
        x = pt.dmatrix()
        function = pytensor.function([x], visibilities(a_nufft(seed=6), x), mode="NUMBA")
        close(expected.real, function(image)[0])
        del function
        gc.collect()


def test_compiles_where_nothing_can_be_cached(monkeypatch):
    def reluctant(signature, *, cache=False, nopython):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: (function, signature, nopython)

    monkeypatch.setattr(_lattice, "cfunc", reluctant)
    assert _lattice.compiled_convolve.__wrapped__() == (_convolve.convolve, _convolve.SIGNATURE, True)


def test_a_wrong_shape_at_run_time_is_refused():
    _, compiled = both(lambda x: visibilities(NUFFT, x))
    with pytest.raises(ValueError, match="shape"):
        compiled(np.zeros((3, 3)))


def evaluate(pickled):
    """In another process: compile from what the pickle carries, and call."""
    inputs, outputs = pickle.loads(pickled)  # noqa: S301 - bytes of the parent
    return pytensor.function(inputs, outputs, mode="NUMBA")(noise(SHAPE))


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_works_in_another_process(start):
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system cannot {start}")
    x = pt.dmatrix()
    outputs = [visibilities(NUFFT, x), *quadratic(NORMAL, x)]
    expected = pytensor.function([x], outputs, mode="NUMBA")(noise(SHAPE))
    with warnings.catch_warnings():
        # forking a process that has threads is what is tested here
        warnings.simplefilter("ignore", DeprecationWarning)
        # JAX, when other tests have loaded it, warns of its own threads; the child does not call it
        warnings.filterwarnings("ignore", message=r"os\.fork", category=RuntimeWarning)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(start)) as pool:
            got = pool.submit(evaluate, pickle.dumps(([x], outputs))).result()
    for a, b in zip(expected, got, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_pymc_model_with_both_operators():
    data = noise((2, NUFFT.n_vis))
    with pm.Model() as model:
        # PyMC takes the logarithms of bare numbers in single precision
        sky = pm.Exponential("sky", lam=np.float64(2.0), shape=SHAPE)
        pm.Normal("vis", mu=visibilities(NUFFT, sky), sigma=np.float64(0.5), observed=data)
        pm.Potential("image", quadratic(NORMAL, sky)[0])
    logp = model.compile_logp(mode="NUMBA")
    point = model.initial_point()
    x = np.exp(point["sky_log__"])
    vis = NUFFT.forward(x)
    residual = np.stack([vis.real, vis.imag]) - data
    expected = (
        np.sum(np.log(2.0) - 2.0 * x + point["sky_log__"])
        + np.sum(-0.5 * (residual / 0.5) ** 2 - np.log(0.5 * np.sqrt(2 * np.pi)))
        + NORMAL.value_and_gradient(x)[0]
    )
    assert logp(point) == pytest.approx(expected, rel=1e-12)
    python, compiled = (model.compile_dlogp(mode=mode)(point) for mode in ("FAST_COMPILE", "NUMBA"))
    close(python, compiled)
