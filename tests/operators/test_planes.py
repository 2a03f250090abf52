"""Planes on a lattice against exact sums: values, derivatives, transposes."""

import numpy as np
import pytest

from bayesim.conventions import w_phase_cosine
from bayesim.operators._planes import Box, Planes
from bayesim.sky import Grid

BOX = Box((-0.05, 0.04), (-0.03, 0.06), (-0.004, 0.0))


def _case(seed, *, n_vis=200, k=40, w=500.0):
    rng = np.random.default_rng(seed)
    baselines = rng.uniform(-400, 400, n_vis), rng.uniform(-300, 300, n_vis), rng.uniform(-1, 1, n_vis) * w
    l, m = rng.uniform(*BOX.l, k), rng.uniform(*BOX.m, k)
    data = rng.standard_normal(n_vis) + 1j * rng.standard_normal(n_vis)
    directions = l, m, w_phase_cosine(l, m)
    phase = np.exp(2j * np.pi * sum(np.outer(d, b) for d, b in zip(directions, baselines, strict=True)))
    return baselines, directions, data, phase


@pytest.mark.parametrize("w", [0.0, 500.0])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-9, 1e-12])
def test_both_directions_are_the_exact_sums(tolerance, w):
    baselines, directions, data, phase = _case(1, w=w)
    planes = Planes(*baselines, BOX, tolerance=tolerance, threads=2)
    assert (planes.basis.rank == 1) == (w == 0.0)
    found = planes.at(planes.adjoint(data), *directions)
    assert np.abs(found - (phase @ data).real).max() <= tolerance * np.abs(data).sum()
    fluxes = np.linspace(-1, 2, directions[0].size)
    found = planes.forward(*directions, fluxes)
    assert np.abs(found - phase.conj().T @ fluxes).max() <= tolerance * np.abs(fluxes).sum()


def test_forward_is_the_transpose():
    baselines, directions, data, _ = _case(2)
    planes = Planes(*baselines, BOX, tolerance=1e-4, threads=1)
    fluxes = np.linspace(-1, 2, directions[0].size)
    there = float((planes.forward(*directions, fluxes).conj() @ data).real)
    back = float(fluxes @ planes.at(planes.adjoint(data), *directions))
    assert there == pytest.approx(back, rel=1e-12)


def test_derivatives_are_those_of_the_sum():
    baselines, directions, data, phase = _case(3)
    planes = Planes(*baselines, BOX, tolerance=1e-9, threads=1)
    jet = planes.jet(planes.adjoint(data), *directions)
    turn = 2j * np.pi
    first = [(phase @ (turn * b * data)).real for b in baselines]
    second = [(phase @ (turn**2 * a * b * data)).real for i, a in enumerate(baselines) for b in baselines[i:]]
    for found, exact in zip(jet.T, [(phase @ data).real, *first, *second], strict=True):
        assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()


def test_an_axis_without_baselines_and_a_single_point():
    zero = np.zeros(1)
    planes = Planes(
        zero, np.array([30.0]), zero, Box((0.01, 0.01), (0.0, 0.1), (0.0, 0.0)), tolerance=1e-8, threads=1
    )
    m = np.array([0.05])
    value = planes.at(planes.adjoint(np.array([2.0 + 0j])), np.array([0.01]), m, np.zeros(1))
    assert value == pytest.approx(2 * np.cos(2 * np.pi * 30 * 0.05), abs=1e-7)


def test_box_of_a_grid_holds_every_pixel():
    for centre in ((0.0, 0.0), (0.3, -0.2), (0.05, 0.0)):
        grid = Grid((31, 40), cell="20 arcmin", centre=centre)
        low, high = Box.of(grid).t
        assert low <= grid.n_minus_1.min() + 1e-15
        assert high >= grid.n_minus_1.max() - 1e-15
