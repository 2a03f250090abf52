"""The exact sum: against a naive loop, closed forms, and its own adjoint."""

import numpy as np
import pytest

from bayesim.conventions import w_phase_cosine
from bayesim.errors import DataError
from bayesim.operators import Dft
from bayesim.sky import Grid


def test_equals_the_measurement_equation_written_out(rng):
    u, v, w = rng.uniform(-300, 300, (3, 5))
    l, m = rng.uniform(-0.4, 0.4, (2, 4))
    flux = rng.normal(size=4)
    expected = [
        sum(
            f * np.exp(-2j * np.pi * (a * x + b * y + c * (np.sqrt(1 - x * x - y * y) - 1)))
            for f, x, y in zip(flux, l, m, strict=True)
        )
        for a, b, c in zip(u, v, w, strict=True)
    ]
    np.testing.assert_allclose(Dft(u, v, w, l, m).forward(flux), expected, rtol=1e-11)


@pytest.mark.parametrize("coplanar", [True, False])
def test_adjoint(rng, coplanar):
    u, v, w = rng.uniform(-300, 300, (3, 50))
    l, m = rng.uniform(-0.4, 0.4, (2, 33))
    operator = Dft(u, v, None if coplanar else w, l, m)
    x, y = rng.normal(size=33), rng.normal(size=50) + 1j * rng.normal(size=50)
    assert np.vdot(operator.forward(x), y).real == pytest.approx(np.dot(x, operator.adjoint(y)), rel=1e-13)


def test_blocks_change_nothing(rng, monkeypatch):
    grid = Grid((9, 14), cell="2 arcmin", centre=(0.1, -0.05))
    u, v, w = rng.uniform(-300, 300, (3, 40))
    image = rng.normal(size=grid.shape)
    whole = Dft.on_grid(u, v, w, grid).forward(image)
    monkeypatch.setattr("bayesim.operators.dft._BLOCK_ELEMENTS", 100)
    np.testing.assert_allclose(Dft.on_grid(u, v, w, grid).forward(image), whole, rtol=1e-12)


def test_source_east_and_north_has_phase_of_its_position():
    grid = Grid((32, 48), cell="1 arcmin")
    row, column = 20, 10  # North of the centre row 16 and, because l falls with the column, East
    assert grid.l[column] > 0
    assert grid.m[row] > 0
    image = np.zeros(grid.shape)
    image[row, column] = 2.0
    u, v, w = np.array([100.0, 0.0, 50.0]), np.array([0.0, 200.0, -70.0]), np.array([0.0, 30.0, 400.0])
    l, m = grid.l[column], grid.m[row]
    phase = -2 * np.pi * (u * l + v * m + w * w_phase_cosine(l, m))
    visibility = Dft.on_grid(u, v, w, grid).forward(image)
    assert np.abs(np.angle(visibility * np.exp(-1j * phase))).max() < 1e-9
    np.testing.assert_allclose(np.abs(visibility), 2.0, rtol=1e-12)


def test_gaussian_image_has_its_closed_form():
    grid = Grid((90, 96), cell=1e-4, centre=(0.01, -0.02))
    sigma, l0, m0 = 4e-4, 0.0104, -0.0203
    image = np.exp(-((grid.l[None, :] - l0) ** 2 + (grid.m[:, None] - m0) ** 2) / (2 * sigma**2))
    image *= grid.cell**2 / (2 * np.pi * sigma**2)
    u, v = np.array([0.0, 120.0, -333.0, 50.0]), np.array([0.0, -60.0, 111.0, 400.0])
    expected = np.exp(-2 * np.pi**2 * sigma**2 * (u**2 + v**2)) * np.exp(-2j * np.pi * (u * l0 + v * m0))
    np.testing.assert_allclose(Dft.on_grid(u, v, None, grid).forward(image), expected, atol=1e-8)


def test_bad_shapes_are_refused():
    with pytest.raises(DataError, match="one value per visibility"):
        Dft(np.zeros(3), np.zeros(4), None, np.zeros(2), np.zeros(2))
    with pytest.raises(DataError, match="one pair per direction"):
        Dft(np.zeros(3), np.zeros(3), None, np.zeros(2), np.zeros(3))
