"""The Bessel ratio and its derivative by order, against SciPy over every region of its algorithms."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import gamma, gammaln, jv

from bayesim.sources._bessel import bessel_ratio, bessel_ratio_by_order
from bayesim.sources._bessel_op import bessel_ratio as bessel_ratio_op

ORDERS = [0.0, 0.5, 1.0, 1.068, 1.5, 2.0, 3.3, 6.0]
ARGUMENTS = [1e-9, 1e-3, 0.7, 2.0, 3.999, 4.001, 7.0, 12.0, 18.0, 24.9, 25.1, 31.0, 60.0, 300.0]


def reference(nu, x):
    return gamma(nu + 1) * (2 / x) ** nu * jv(nu, x)


@pytest.mark.parametrize("nu", ORDERS)
def test_value_is_that_of_scipy(nu):
    for x in ARGUMENTS:
        # relative to the envelope of the oscillation
        size = min(1.0, gamma(nu + 1) * (2 / x) ** nu * np.sqrt(2 / (np.pi * x)))
        assert abs(bessel_ratio(nu, x * x) - reference(nu, x)) <= 1e-12 * size, x


@pytest.mark.parametrize("nu", ORDERS)
def test_derivative_by_order_is_that_of_differences(nu):
    # a fourth-order difference of our own value, which the test above has checked
    weights, h = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12)), 1e-3
    for x in ARGUMENTS:
        difference = sum(c * bessel_ratio(nu + k * h, x * x) for k, c in weights) / h
        assert abs(bessel_ratio_by_order(nu, x * x) - difference) <= 1e-10, x


def test_it_is_one_at_zero_for_every_order():
    assert bessel_ratio(1.3, 0.0) == 1.0
    assert bessel_ratio_by_order(1.3, 0.0) == 0.0


@pytest.mark.parametrize("nu", [50.0, 60.0, 150.0])
def test_large_orders_are_those_of_scipy(nu):
    exponents = np.array([0.1, 2.0, 8.0, 17.9, 18.1, 30.0])
    x = np.sqrt(4.0 * (nu + 1.0) * exponents)
    expected = np.exp(gammaln(nu + 1.0) + nu * np.log(2.0 / x)) * jv(nu, x)
    found = np.array([bessel_ratio(nu, each) for each in x**2])
    assert np.abs(found - expected).max() < 1e-8
    h = 1e-3 * nu
    slopes = [(bessel_ratio(nu + h, each) - bessel_ratio(nu - h, each)) / (2 * h) for each in x**2]
    assert [bessel_ratio_by_order(nu, each) for each in x**2] == pytest.approx(slopes, abs=1e-5 / nu)


def test_orders_that_no_star_has_take_no_time():
    # the recurrence would have 5e14 steps
    assert bessel_ratio(1e8, 1e30) == 0.0
    assert bessel_ratio(1e15, 1e15) == pytest.approx(np.exp(-0.25), rel=1e-12)


def test_half_orders_are_elementary():
    x = np.linspace(0.1, 90.0, 400)
    found = np.array([bessel_ratio(0.5, z) for z in x**2])
    assert np.abs(found - np.sin(x) / x).max() < 1e-14


def test_compiled_graph_is_the_twin_with_its_derivatives():
    nu, z = pt.dscalar("nu"), pt.dvector("z")
    value = bessel_ratio_op(nu, z)
    by_order, by_z = pt.grad(pt.sum(value), [nu, z])
    second = pt.grad(pt.sum(by_z), z)
    points = np.array([0.0, 0.3, 9.0, 100.0, 900.0])
    found = pytensor.function([nu, z], [value, by_order, by_z, second])(1.07, points)
    assert found[0].tolist() == [bessel_ratio(1.07, x) for x in points]
    assert found[1] == pytest.approx(sum(bessel_ratio_by_order(1.07, x) for x in points), rel=1e-13)
    np.testing.assert_allclose(found[2], [-bessel_ratio(2.07, x) / 8.28 for x in points], rtol=1e-13)
    np.testing.assert_allclose(found[3], [bessel_ratio(3.07, x) / (8.28 * 12.28) for x in points], rtol=1e-13)


def test_slope_by_order_has_a_slope_by_argument():
    nu, z = pt.dscalar("nu"), pt.dscalar("z")
    mixed = pt.grad(pt.grad(bessel_ratio_op(nu, z), nu), z)
    h = 1e-4
    difference = (bessel_ratio_by_order(1.2, 7.0 + h) - bessel_ratio_by_order(1.2, 7.0 - h)) / (2 * h)
    assert mixed.eval({nu: 1.2, z: 7.0}, mode="FAST_COMPILE") == pytest.approx(difference, rel=1e-7)


def test_jax_agrees_with_the_twin_over_every_region():
    pytest.importorskip("jax", reason="the extra jax is not installed")
    nu, z = pt.dcol("nu"), pt.dvector("z")
    value = bessel_ratio_op(nu, z)
    by_order, by_z = pt.grad(pt.sum(value), [nu, z])
    arguments = np.array([0.0, *np.square(ARGUMENTS), 24.0**2, 5e6])
    orders = np.array([*ORDERS, 10.0])[:, None]
    found = pytensor.function([nu, z], [value, by_order, by_z], mode="JAX")(orders, arguments)
    grid = [[(float(order), float(argument)) for argument in arguments] for order in orders[:, 0]]
    twin = np.array([[bessel_ratio(*pair) for pair in row] for row in grid])
    slopes = np.array([[bessel_ratio_by_order(*pair) for pair in row] for row in grid])
    higher = np.array([[-bessel_ratio(n + 1, x) / (4 * (n + 1)) for n, x in row] for row in grid])
    np.testing.assert_allclose(found[0], twin, rtol=0, atol=1e-10)
    np.testing.assert_allclose(np.ravel(found[1]), slopes.sum(axis=1), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found[2], higher.sum(axis=0), rtol=0, atol=1e-10)
    # the far ends, where all is small, in relation to the oscillation's height
    size = gamma(orders + 1) * (2 / np.sqrt(np.maximum(arguments, 1))) ** orders
    assert (np.abs(found[0] - twin) / np.minimum(size, 1.0)).max() < 1e-10


def test_a_disk_compiles_for_jax():
    pytest.importorskip("jax", reason="the extra jax is not installed")
    from bayesim.sources import PowerLawLimbDarkenedDisk

    diameter, darkening = pt.dscalar("diameter"), pt.dscalar("darkening")
    u, v = np.linspace(0, 4e7, 9), np.linspace(1e7, 0, 9)
    vis = PowerLawLimbDarkenedDisk(1.0, diameter, darkening).visibility(u, v)
    loss = pt.sum(vis**2)
    outputs = [loss, *pt.grad(loss, [diameter, darkening])]
    one, two = (pytensor.function([diameter, darkening], outputs, mode=mode)(4e-8, 0.14) for mode in ("JAX", None))
    np.testing.assert_allclose([float(x) for x in one], [float(x) for x in two], rtol=1e-10)
