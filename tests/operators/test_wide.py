"""The dense operator with w: against the exact sum, its own adjoint, and ducc0 where it is installed."""

import numpy as np
import pytest

from bayesim.errors import DataError, GridError, MissingExtraError
from bayesim.operators import Dft, Operator, Wide
from bayesim.operators.wide_ducc import WideDucc
from bayesim.sky import Grid


def problem(shape, *, seed=0, n=120, longest_w=300.0, centre=(0.05, -0.1)):
    """A field of degrees with every baseline inside Nyquist, the corners of the uv square included."""
    rng = np.random.default_rng(seed)
    grid = Grid(shape, cell="10 arcmin", centre=centre)
    nyquist = 0.5 / grid.cell
    u, v = rng.uniform(-nyquist, nyquist, (2, n))
    u[:4], v[:4] = [nyquist, -nyquist, 0.0, -nyquist], [nyquist, -nyquist, -nyquist, nyquist]
    image, data = rng.normal(size=shape), rng.normal(size=n) + 1j * rng.normal(size=n)
    return (u, v, rng.uniform(-longest_w, longest_w, n), grid), image, data


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (7, 8), (33, 20), (20, 33)])
def test_equals_the_exact_sum(shape, tolerance):
    arguments, image, data = problem(shape)
    fast, exact = Wide(*arguments, tolerance=tolerance), Dft.on_grid(*arguments)
    assert np.abs(fast.forward(image) - exact.forward(image)).max() <= tolerance * np.abs(image).sum()
    assert np.abs(fast.adjoint(data) - exact.adjoint(data)).max() <= tolerance * np.abs(data).sum()


def test_adjoint_of_a_hundred_shapes():
    rng = np.random.default_rng(9)
    shapes = [(1, 1), (1, 30), (30, 1), (17, 17), *(tuple(s) for s in rng.integers(1, 24, (96, 2)))]
    for seed, shape in enumerate(shapes):
        arguments, image, data = problem(shape, seed=seed, n=15)
        operator = Wide(*arguments, tolerance=1e-5)
        forward, adjoint = operator.forward(image), operator.adjoint(data)
        size = np.linalg.norm(forward) * np.linalg.norm(data)
        assert abs(np.vdot(forward, data).real - np.vdot(image, adjoint)) <= 1e-13 * size


def test_threads_and_chunks_change_nothing(monkeypatch):
    arguments, image, data = problem((33, 20))
    one = Wide(*arguments, tolerance=1e-7)
    forward, adjoint = one.forward(image), one.adjoint(data)
    monkeypatch.setattr("bayesim.operators._band._CHUNK_BYTES", 30_000)
    monkeypatch.setattr("bayesim.operators.wide._BLOCK_NUMBERS", 500)
    two = Wide(*arguments, tolerance=1e-7, threads=2)
    assert len(two._band.chunks()) > 3
    np.testing.assert_allclose(two.forward(image), forward, atol=1e-12 * np.abs(forward).max())
    np.testing.assert_allclose(two.adjoint(data), adjoint, atol=1e-12 * np.abs(adjoint).max())


def test_without_w_it_is_the_coplanar_sum():
    (u, v, w, grid), image, _ = problem((12, 15))
    expected = Dft.on_grid(u, v, None, grid).forward(image)
    assert np.abs(Wide(u, v, 0 * w, grid, tolerance=1e-10).forward(image) - expected).max() < 1e-9


def test_contract_and_refusals():
    (u, v, w, grid), *_ = problem((5, 6))
    operator = Wide(u, v, w, grid)
    assert isinstance(operator, Operator)
    assert operator.shape == (5, 6)
    assert operator.n_vis == u.size
    with pytest.raises(DataError, match="three non-empty lists"):
        Wide(u, v[:-1], w, grid)
    with pytest.raises(GridError, match="tolerance"):
        Wide(u, v, w, grid, tolerance=1e-15)
    with pytest.raises(GridError, match="threads 0"):
        Wide(u, v, w, grid, threads=0)


@pytest.mark.parametrize("shape", [(34, 40), (33, 41), (5, 6), (1, 1)])
def test_ducc_agrees(shape):
    pytest.importorskip("ducc0", reason="ducc0 (GPL) is optional")
    arguments, image, data = problem(shape)
    ours, theirs = Wide(*arguments, tolerance=1e-10), WideDucc(*arguments, tolerance=1e-10)
    assert isinstance(theirs, Operator)
    assert np.abs(ours.forward(image) - theirs.forward(image)).max() <= 1e-9 * np.abs(image).sum()
    assert np.abs(ours.adjoint(data) - theirs.adjoint(data)).max() <= 1e-9 * np.abs(data).sum()


def test_missing_ducc_names_the_extra(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("bayesim.operators.wide_ducc.import_module", absent)
    with pytest.raises(MissingExtraError, match=r"bayesim\[ducc\]"):
        WideDucc(*problem((34, 40))[0])
