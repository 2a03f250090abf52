"""The inner problem is solved exactly, whatever the start."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from bayesim.solvers._active_set import minimise


def problem(seed, *, size, closeness):
    """Atoms like neighbouring pixels: columns of a smooth kernel, nearly equal when ``closeness`` is small."""
    rng = np.random.default_rng(seed)
    place = np.cumsum(closeness * rng.uniform(0.5, 1.5, size))
    nodes = np.linspace(place[0] - 4, place[-1] + 4, 3 * size + 20)
    design = np.exp(-0.5 * (nodes[:, None] - place) ** 2)
    target = design @ (rng.exponential(size=size) * (rng.random(size) < 0.3)) + 0.01 * rng.standard_normal(nodes.size)
    return design, target


def violation(gram, linear, x, *, rate, positive):
    """Largest violation of the optimality conditions."""
    gradient = linear - gram @ x
    active = x != 0
    at_zero = (gradient if positive else np.abs(gradient))[~active] - rate
    on = np.abs(gradient[active] - rate * np.sign(x[active]))
    return max(at_zero.max(initial=-np.inf), on.max(initial=0.0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from([0.1, 0.3, 1.0, 3.0]), st.booleans())
def test_optimality_conditions(seed, size, closeness, positive):
    design, target = problem(seed, size=size, closeness=closeness)
    gram, linear = design.T @ design, design.T @ target
    rate = 0.02 * np.abs(linear).max()
    start = np.random.default_rng(seed + 1).exponential(size=size) * (np.arange(size) % 3 == 0)
    fit = minimise(gram, linear, rate=rate, positive=positive, start=start)
    assert fit.solved
    assert violation(gram, linear, fit.values, rate=rate, positive=positive) <= 1e-7 * np.abs(linear).max()
    assert not positive or fit.values.min() >= 0


@pytest.mark.parametrize("seed", range(5))
def test_without_a_penalty_it_is_non_negative_least_squares(seed):
    design, target = problem(seed, size=25, closeness=1.5)
    x = minimise(design.T @ design, design.T @ target, rate=0.0, positive=True, start=np.zeros(25)).values
    np.testing.assert_allclose(x, nnls(design, target)[0], atol=1e-7)


def test_equal_atoms_are_survived():
    design, target = problem(0, size=6, closeness=1.0)
    design = np.hstack([design, design])
    gram, linear = design.T @ design, design.T @ target
    fit = minimise(gram, linear, rate=0.1, positive=True, start=np.zeros(12))
    assert violation(gram, linear, fit.values, rate=0.1, positive=True) <= 1e-5 * np.abs(linear).max()


def test_a_bound_on_the_steps_is_reported():
    design, target = problem(1, size=20, closeness=0.5)
    fit = minimise(design.T @ design, design.T @ target, rate=0.0, positive=True, start=np.zeros(20), max_steps=1)
    assert not fit.solved
