"""Look-ups of compiled loops against exact sums, w included."""

import numpy as np
import pytest

from bayesim.operators._planes import Box
from bayesim.operators.table import differences, table_bytes, table_of, value


@pytest.fixture(scope="module", params=[0.0, 300.0], ids=["flat", "with w"])
def problem(request):
    rng = np.random.default_rng(1)
    u, v = rng.uniform(-400.0, 400.0, (2, 200))
    w = rng.uniform(-1.0, 1.0, 200) * request.param
    box = Box((-0.05, 0.06), (-0.04, 0.05), (-0.004, 0.0))
    return rng, (u, v, w), box


def places(rng, box, n):
    return [rng.uniform(low, high, n) for low, high in box]


def test_a_function_of_direction(problem):
    rng, baselines, box = problem
    y = rng.standard_normal(200) + 1j * rng.standard_normal(200)
    table = table_of(baselines, y, box, tolerance=1e-4, threads=1)
    l, m, t = places(rng, box, 50)
    exact = np.exp(2j * np.pi * sum(np.outer(x, b) for x, b in zip((l, m, t), baselines, strict=True))) @ y
    found = np.array([value(table, *place) for place in zip(l, m, t, strict=True)])
    assert np.abs(found - exact.real).max() < 5e-4 * np.abs(y).sum()


def test_an_even_function_of_differences(problem):
    rng, baselines, box = problem
    weight = rng.uniform(0.5, 1.5, 200)
    table = table_of(baselines, weight.astype(complex), box.differences, tolerance=1e-4, threads=1)
    here, there = (places(rng, box, 40) for _ in range(2))
    flux, out = np.where(np.arange(40) % 3, 1.5, 0.0), np.empty(40)
    for l, m, t in zip(*here, strict=True):
        total = differences(table, l, m, t, *there, flux, out)
        offsets = zip((l, m, t), there, baselines, strict=True)
        exact = np.cos(2 * np.pi * sum(np.outer(b - a, x) for a, b, x in offsets)) @ weight
        assert np.abs(out - np.where(flux > 0, exact, 0.0)).max() < 5e-4 * weight.sum()
        assert total == pytest.approx(flux @ out)


def test_the_memory_is_foretold(problem):
    _, baselines, box = problem
    table = table_of(baselines, np.ones(200, dtype=complex), box, tolerance=1e-4, threads=1)
    assert table.coefficients.nbytes == pytest.approx(table_bytes(baselines, box, tolerance=1e-4), rel=0.3)
