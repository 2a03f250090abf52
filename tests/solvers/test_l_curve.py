"""The corner of the L-curve: exact slopes against a spline through the curve itself."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from bayesim import data
from bayesim.errors import ModelError
from bayesim.operators import Coplanar, measure
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import LambdaProblem, LCurve, PolyClean

GRID = Grid.spanning("18arcsec", npix=32)


def problem(alphas, *, snr=100.0, scale=1.0):
    rng = np.random.default_rng(3)
    stars = [
        data.PointSource(scale * flux, float(GRID.l[i]), float(GRID.m[j]))
        for flux, (i, j) in zip(np.linspace(1, 6, 8), rng.integers(4, 28, size=(8, 2)), strict=True)
    ]
    vis = data.observe(
        data.array("vla.a"),
        sources=stars,
        declination=0.6,
        hour_angles=np.linspace(-2, 2, 9),
        frequency=1.4e9,
        snr=snr,
        seed=1,
    )
    solver = PolyClean(relative_gap=1e-9)
    return LambdaProblem(vis, lambda q: Coplanar(measure(q, GRID)), PositiveLaplace, alphas=alphas, solver=solver)


def test_the_corner_is_that_of_a_spline_through_the_curve():
    dense = problem(tuple(np.geomspace(0.9, 1e-3, 60)))
    choice = LCurve().choose(dense)
    rates = dense.rates[::-1]
    fit = CubicSpline(np.log(rates), np.log([s.residual_energy for s in dense.solutions[::-1]]))
    size = CubicSpline(np.log(rates), np.log([s.fluxes.sum() for s in dense.solutions[::-1]]))
    at = np.log(choice.rates)
    # as lambda falls the curve runs to less fit, then upwards: clockwise
    turn = fit(at, 1) * size(at, 2) - fit(at, 2) * size(at, 1)
    curvature = turn / np.hypot(fit(at, 1), size(at, 1)) ** 3
    # the path is only piecewise smooth, so a spline's second derivative is rough where an atom enters
    assert np.median(np.abs(choice.scores - curvature)) < 0.02 * np.abs(curvature).max()
    assert choice.rate == choice.rates[np.argmax(choice.scores)]
    coarse = LCurve().choose(problem(tuple(np.geomspace(0.9, 1e-3, 15))))
    assert np.log(coarse.rate / choice.rate) == pytest.approx(0.0, abs=0.8)


def test_fluxes_in_another_unit_choose_the_same_sky():
    alphas = tuple(np.geomspace(1, 1e-3, 12))
    one, other = (LCurve().choose(problem(alphas, scale=scale)) for scale in (1.0, 1e-3))
    assert other.rate == pytest.approx(1e3 * one.rate, rel=1e-6)
    np.testing.assert_allclose(other.scores, one.scores, atol=1e-4)


def test_a_path_without_a_corner_is_refused():
    with pytest.raises(ModelError, match="at least 3"):
        LCurve().choose(problem((1.0, 0.5, 0.3)))
    with pytest.raises(ModelError, match="no corner"):
        LCurve().choose(problem((0.99, 0.97, 0.95, 0.93)))


def test_a_curve_that_only_ends_has_no_corner():
    """Where lambda is far below the noise the curve stops, ever more curved: that is no corner."""
    with pytest.raises(ModelError, match="or take another rule"):
        LCurve().choose(problem(tuple(np.geomspace(0.9, 3e-3, 15)), snr=3000.0))
