"""Dictionaries: adjoints, unit fluxes, the frame that the starlet inverts, and Gram entries by look-up."""

import numpy as np
import pytest
from scipy import ndimage

from bayesim.errors import GridError
from bayesim.operators import gaussians, starlet
from bayesim.sky import Grid

GRID = Grid((45, 38), cell=1e-4)
MAKERS = {
    "gaussians": lambda grid: gaussians(grid, sizes=(0, 2, 5)),
    "starlet": lambda grid: starlet(grid, levels=4),
}


@pytest.fixture(params=MAKERS, ids=str)
def dictionary(request):
    return MAKERS[request.param](GRID)


def test_the_adjoint_is_exact(dictionary, rng):
    for _ in range(5):
        coefficients = rng.normal(size=(dictionary.scales, *GRID.shape))
        image = rng.normal(size=GRID.shape)
        one, two = (
            np.vdot(dictionary.synthesise(coefficients), image),
            np.vdot(coefficients, dictionary.analyse(image)),
        )
        assert one == pytest.approx(two, rel=1e-12)


def test_atoms_have_the_flux_of_their_weight_and_stay_inside(dictionary):
    for scale, weight in enumerate(dictionary.weights):
        assert weight == pytest.approx(1.2**scale)
        margin = dictionary.profiles[scale].size // 2
        for row, column in ((margin, margin), (GRID.shape[0] - 1 - margin, GRID.shape[1] - 1 - margin), (22, 19)):
            coefficients = np.zeros((dictionary.scales, *GRID.shape))
            coefficients[scale, row, column] = 1.0
            atom = dictionary.synthesise(coefficients)
            assert atom.sum() == pytest.approx(weight, rel=1e-12)
            assert ndimage.center_of_mass(atom) == pytest.approx((row, column))
            assert atom.min() >= 0
        if margin:
            coefficients = np.zeros((dictionary.scales, *GRID.shape))
            coefficients[scale, margin - 1, 19] = 1.0
            assert not dictionary.synthesise(coefficients).any()


def test_gaussian_atoms_are_those_of_the_paper():
    dictionary = gaussians(GRID, sizes=(0, 2, 5))
    coefficients = np.zeros((3, *GRID.shape))
    coefficients[2, 22, 19] = 1.0
    row, column = np.mgrid[: GRID.shape[0], : GRID.shape[1]] - np.array([22, 19])[:, None, None]
    expected = np.where((abs(row) <= 10) & (abs(column) <= 10), np.exp(-(row**2 + column**2) / 25), 0.0)
    np.testing.assert_allclose(dictionary.synthesise(coefficients), 1.44 * expected / expected.sum(), atol=1e-15)


def test_the_starlet_inverts_its_analysis(rng):
    """Second generation: c_{j+1} = h_j c_j, w_{j+1} = c_j - h_j c_{j+1}; the image is what the atoms add to."""
    image = np.zeros((80, 80))
    image[35:45, 33:47] = rng.normal(size=(10, 14))
    levels, smooth, planes = 4, image, []
    for level in range(levels - 1):
        spread = np.zeros(4 * 2**level + 1)
        spread[:: 2**level] = np.array([1, 4, 6, 4, 1]) / 16

        def blurred(plane, spread=spread):
            return ndimage.correlate1d(ndimage.correlate1d(plane, spread, axis=0), spread, axis=1)

        coarser = blurred(smooth)
        planes.append(smooth - blurred(coarser))
        smooth = coarser
    dictionary = starlet(Grid(80, cell=1e-4), levels=levels, bias=1.0)
    np.testing.assert_allclose(dictionary.synthesise(np.array([*planes, smooth])), image, atol=1e-13)


def test_look_up_between_scales_is_the_exact_gram(dictionary, rng):
    rows, columns = GRID.shape
    psf = rng.normal(size=(2 * rows, 2 * columns))
    psf[1:, 1:] += psf[1:, 1:][::-1, ::-1]
    one, two = 1, 2
    table = dictionary.psf_between(psf, one, two)
    inside = [np.argwhere(dictionary.inside(scale)) for scale in (one, two)]
    for i, j in ((0, -1), (-1, 0), (7, 40)):
        coefficients = np.zeros((2, dictionary.scales, rows, columns))
        (a, b), (c, d) = inside[0][i], inside[1][j]
        coefficients[0, one, a, b] = coefficients[1, two, c, d] = 1.0
        left, right = (dictionary.synthesise(plane) for plane in coefficients)
        exact = 0.0
        for r, s in np.argwhere(left):
            exact += left[r, s] * np.sum(
                right * psf[rows + r - np.arange(rows)[:, None], columns + s - np.arange(columns)]
            )
        assert table[rows + a - c, columns + b - d] == pytest.approx(exact, abs=1e-11)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gaussians(GRID, sizes=(0, -1)), "must not be negative"),
        (lambda: gaussians(GRID, bias=0), "must be positive"),
        (lambda: gaussians(Grid(20, cell=1e-4)), "leave this scale out"),
        (lambda: starlet(GRID, levels=0), "at least 1"),
        (lambda: starlet(GRID, levels=6), "leave this scale out"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(GridError, match=message):
        make()
