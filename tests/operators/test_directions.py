"""Sources anywhere: residual, gradient and information against exact sums and central differences."""

import numpy as np
import pytest

from bayesim.data import from_arrays
from bayesim.errors import GridError
from bayesim.operators import Directions, GridResponse
from bayesim.operators._planes_normal import PlanesNormal
from bayesim.sky import Grid

GRID = Grid((40, 48), cell="6 arcmin", centre=(0.02, -0.01))


def case(seed, *, coplanar=False, response=True, threads=1):
    rng = np.random.default_rng(seed)
    u, v, w = rng.uniform(-1, 1, (3, 200)) * np.array([[200], [150], [250]])
    data = rng.standard_normal(200) + 1j * rng.standard_normal(200)
    vis = from_arrays(u, v, data, w=w, weight=rng.uniform(0.5, 2, 200))
    taper = np.exp(-3 * (GRID.l[None, :] ** 2 + 2 * GRID.m[:, None] ** 2)) if response else None
    seen = None if taper is None else GridResponse(taper, GRID)
    flux, part = rng.uniform(-1, 2, 7), rng.uniform(0.1, 0.9, (2, 7))
    l = GRID.l.min() + part[0] * np.ptp(GRID.l)
    m = GRID.m.min() + part[1] * np.ptp(GRID.m)
    return Directions(vis, GRID, response=seen, coplanar=coplanar, threads=threads), (flux, l, m)


def columns(directions, flux, l, m):
    """Whitened visibilities of every source, real over imaginary, shape (400, k)."""
    vis = directions.vis
    t = np.sqrt(1 - l**2 - m**2) - 1
    w = 0 * vis.w if directions.coplanar else vis.w
    taper = 1.0 if directions.response is None else np.exp(-3 * (l**2 + 2 * m**2))
    turns = np.outer(vis.u, l) + np.outer(vis.v, m) + np.outer(w, t)
    model = np.sqrt(vis.weight)[:, None] * flux * taper * np.exp(-2j * np.pi * turns)
    return np.concatenate([model.real, model.imag])


def jacobian(directions, points, step=1e-6):
    blocks = []
    for j in range(3):
        ahead, behind = ([p + s * step * (i == j) for i, p in enumerate(points)] for s in (1, -1))
        blocks.append((columns(directions, *ahead) - columns(directions, *behind)) / (2 * step))
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("coplanar", [False, True])
@pytest.mark.parametrize("response", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_residual_and_score_are_the_exact_sums(coplanar, response, threads):
    directions, points = case(1, coplanar=coplanar, response=response, threads=threads)
    residual = directions.residual(*points)
    white = np.sqrt(directions.vis.weight) * directions.vis.data
    left = np.concatenate([white.real, white.imag]) - columns(directions, *points).sum(axis=1)
    assert residual.energy == pytest.approx(left @ left, rel=1e-6)
    slopes = directions.slopes(residual.function.jet(*points[1:]), *points)
    expected = jacobian(directions, points).T @ left
    np.testing.assert_allclose(slopes.score.ravel(), expected, atol=3e-6 * np.abs(expected).max())


@pytest.mark.parametrize("response", [False, True])
def test_newtons_matrix_is_information_less_bend(response):
    directions, points = case(2, response=response)

    def score(points):
        white = np.sqrt(directions.vis.weight) * directions.vis.data
        left = np.concatenate([white.real, white.imag]) - columns(directions, *points).sum(axis=1)
        return jacobian(directions, points, step=1e-5).T @ left

    step = np.array([1e-3, 1e-5, 1e-5])
    k = points[0].size
    found = directions.information(*points)
    bend = directions.slopes(directions.residual(*points).function.jet(*points[1:]), *points).bend
    for source in range(k):
        rows = source + k * np.arange(3)
        for j in range(3):
            ahead, behind = ([p.copy() for p in points] for _ in range(2))
            ahead[j][source] += step[j]
            behind[j][source] -= step[j]
            expected = -(score(ahead) - score(behind))[rows] / (2 * step[j])
            scale = np.sqrt(np.diag(found)[rows] * found[rows[j], rows[j]])
            # the response counts as linear
            slack = 0.05 if response else 1e-3
            assert np.abs((found[rows, rows[j]] - bend[source, :, j] - expected) / scale).max() < slack


@pytest.mark.parametrize("coplanar", [False, True])
@pytest.mark.parametrize("predicts", [False, True])
def test_a_prediction_is_the_residual(coplanar, predicts, monkeypatch):
    monkeypatch.setattr(PlanesNormal, "is_worth_it", lambda *_: predicts)
    directions, before = case(5, coplanar=coplanar)
    after = tuple(x + y for x, y in zip(before, (0.3, 2e-4, -1e-4), strict=True))
    exact = directions.residual(*after)
    found = directions.predicted(directions.residual(*before), before, after)
    scale = directions.vis.sum_weight * (np.abs(before[0]).sum() + np.abs(after[0]).sum())
    assert np.abs(found.value(*after[1:]) - exact.function.value(*after[1:])).max() < 1e-5 * scale
    assert found.energy == pytest.approx(exact.energy, rel=1e-4)
    jets = directions.residual(*before).function.jet(*after[1:]) + directions.shifted(after[1:], before, after)
    right = exact.function.jet(*after[1:])
    assert np.abs(jets - right).max(axis=0) == pytest.approx(0, abs=1e-4 * np.abs(right).max())


@pytest.mark.parametrize("coplanar", [False, True])
@pytest.mark.parametrize("response", [False, True])
def test_information_is_that_of_the_visibilities(coplanar, response):
    directions, points = case(3, coplanar=coplanar, response=response)
    derivative = jacobian(directions, points)
    expected = derivative.T @ derivative
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((directions.information(*points) - expected) / scale).max() < 1e-4


def test_overlap_is_a_row_of_the_information():
    directions, (flux, l, m) = case(4, response=False)
    found = directions.overlap((l[:2], m[:2]), flux, l, m)
    np.testing.assert_allclose(found, directions.information(flux, l, m)[:2], atol=1e-4 * np.abs(found).max())


def test_an_image_of_the_residual_peaks_where_the_source_is():
    directions, _ = case(6, response=False)
    l, m = GRID.l[[11]], GRID.m[[30]]
    image = (
        directions.residual(*np.zeros((3, 0))).function.image - directions.residual(np.ones(1), l, m).function.image
    )
    assert np.unravel_index(np.argmax(image), GRID.shape) == (30, 11)


def test_a_response_is_interpolated_with_its_slopes():
    _, (_, l, m) = case(7)
    n = np.sqrt(1 - l**2 - m**2)
    seen = GridResponse(1 / (1 + GRID.n_minus_1), GRID)(l, m)
    np.testing.assert_allclose(seen.value, 1 / n, rtol=1e-12)
    np.testing.assert_allclose(seen.east, l / n**3, atol=1e-9)
    np.testing.assert_allclose(seen.north, m / n**3, atol=1e-9)


def test_a_response_on_a_handful_of_pixels_is_refused():
    small = Grid(4, cell="1 arcmin")
    with pytest.raises(GridError, match="at least 6"):
        GridResponse(np.ones((4, 4)), small)


def test_the_beam_metric_is_the_curvature_of_the_psf():
    directions, _ = case(8, response=False)
    step = np.array([3e-5, -2e-5])
    at = np.array([0.0]), np.array([0.0])
    fall = 1 - directions.kernel.between(at, (step[:1], step[1:]))[0, 0] / directions.vis.sum_weight
    beams = np.linalg.norm(directions.metric @ step)
    assert fall == pytest.approx(beams**2 * 4 * np.log(2), rel=2e-2)
