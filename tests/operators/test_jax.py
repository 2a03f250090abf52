"""The operators under JAX: same numbers as from Python, loaded only when JAX is compiled for."""

import subprocess
import sys

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest

from bayesim.operators.graph import quadratic, visibilities
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid

pytest.importorskip("jax", reason="the extra 'jax' is not installed")
pytest.importorskip("jax_finufft", reason="the extra 'jax' is not installed")

CELL = 5e-5
SHAPE = (9, 12)


def noise(shape, *, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


def a_nufft(centre):
    u, v = np.random.default_rng(0).uniform(-9e3, 9e3, (2, 40))
    return Nufft(u, v, Grid(SHAPE, cell=CELL, centre=centre), tolerance=1e-12)


def a_normal(*, response):
    from bayesim.operators import Normal, Statistics

    rows, columns = SHAPE
    psf = noise((2 * rows, 2 * columns))
    psf[1:, 1:] += psf[1:, 1:][::-1, ::-1]
    factor = np.abs(noise(SHAPE)) if response else None
    statistics = Statistics(
        grid=Grid(SHAPE, cell=CELL), dirty=noise(SHAPE), psf=psf, energy=1.0, count=9, sum_weight=1.0, response=factor
    )
    return Normal(statistics)


def agree(make):
    x = pt.dmatrix()
    outputs = make(x)
    image = noise(SHAPE)
    python = pytensor.function([x], outputs, mode="FAST_COMPILE")(image)
    under_jax = pytensor.function([x], outputs, mode="JAX")(image)
    for a, b in zip(python, under_jax, strict=True):
        assert np.abs(a - np.asarray(b)).max() <= 1e-10 * np.abs(a).max()


@pytest.mark.parametrize("centre", [(0.0, 0.0), (0.01, -0.002)])
def test_nufft(centre):
    nufft = a_nufft(centre)

    def value_gradient_and_curvature(x):
        vis = visibilities(nufft, x)
        gradient = pytensor.grad(pt.sum(pt.sin(vis)), x)
        return [vis, gradient, pytensor.grad(pt.sum(pt.sqr(gradient)), x)]

    agree(value_gradient_and_curvature)


@pytest.mark.parametrize("response", [False, True])
def test_quadratic(response):
    normal = a_normal(response=response)

    def value_gradient_and_curvature(x):
        value, gradient = quadratic(normal, x)
        return [value, pytensor.grad(value, x), pytensor.grad(pt.sum(pt.sin(gradient)), x)]

    agree(value_gradient_and_curvature)


def test_a_pymc_model():
    nufft = a_nufft((0.0, 0.0))
    with pm.Model() as model:
        sky = pm.Exponential("sky", lam=np.float64(2.0), shape=SHAPE)
        pm.Potential(
            "fit", -0.5 * pt.sum(pt.sqr(visibilities(nufft, sky) - 1.0)) + quadratic(a_normal(response=False), sky)[0]
        )
    point = model.initial_point()
    assert model.compile_logp(mode="JAX")(point) == pytest.approx(
        model.compile_logp(mode="FAST_COMPILE")(point), rel=1e-10
    )


def test_jax_is_imported_only_when_it_is_compiled_for():
    script = """
import sys, pytensor, pytensor.tensor as pt, numpy as np
from bayesim.operators.graph import visibilities
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid
x = pt.dmatrix()
y = visibilities(Nufft(np.ones(1), np.ones(1), Grid(4, cell=1e-5)), x)
pytensor.function([x], y, mode="FAST_COMPILE")
assert "jax" not in sys.modules and "bayesim.operators.jax" not in sys.modules
pytensor.function([x], y, mode="JAX")
assert "bayesim.operators.jax" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
