"""Starlet (analysis) and dictionary (synthesis) priors: transforms, normalisers, and what they refuse."""

import numpy as np
import pymc as pm
import pytest
from scipy import ndimage

from bayesim.errors import ModelError
from bayesim.operators import gaussians, starlet
from bayesim.priors import Laplace, PositiveLaplace, StarletLaplace, SynthesisPrior
from bayesim.priors._starlet import Starlet, noise_of_scales
from bayesim.sky import Grid


def details(x, levels):
    """Return the planes of the starlet by direct convolution, borders mirrored."""
    planes = []
    for level in range(levels):
        filter_ = np.zeros(4 * 2**level + 1)
        filter_[:: 2**level] = np.array([1, 4, 6, 4, 1]) / 16
        smooth = x
        for axis in (0, 1):
            smooth = ndimage.correlate1d(smooth, filter_, axis=axis, mode="reflect")
        planes.append(x - smooth)
        x = smooth
    return np.array(planes)


@pytest.mark.parametrize("shape", [(16, 16), (7, 10), (1, 6), (3, 3)])
def test_the_transform_is_that_of_direct_convolutions(shape, rng):
    x, field = rng.normal(size=shape), rng.normal(size=(3, *shape))
    transform = Starlet(shape, (1.0, 1.0, 1.0))
    np.testing.assert_allclose(transform.features(x), details(x, 3), atol=1e-13)
    assert np.vdot(transform.features(x), field) == pytest.approx(np.vdot(x, transform.gathered(field)), rel=1e-12)
    back = transform.inverse(transform.gathered(transform.features(x)))
    np.testing.assert_allclose(back, x - x.mean(), atol=1e-10)


def test_the_noise_of_the_scales_is_that_of_the_literature(rng):
    """Starck & Murtagh 2006, Astronomical Image and Data Analysis, table of the B3 spline in two dimensions."""
    np.testing.assert_allclose(noise_of_scales(4), [0.889, 0.200, 0.086, 0.041], atol=2e-3)
    planes = details(rng.normal(size=(256, 256)), 3)
    np.testing.assert_allclose(planes.std(axis=(1, 2)), noise_of_scales(3), rtol=0.05)


def test_the_value_weighs_every_scale_by_its_noise(rng):
    x = rng.normal(size=(9, 8))
    costs = np.abs(details(x, 2)).sum(axis=(1, 2)) @ noise_of_scales(2)
    assert StarletLaplace(2.0, levels=2).value(x) == pytest.approx(2 * costs, rel=1e-12)
    assert StarletLaplace(2.0, levels=2).value(x + 5.0) == pytest.approx(2 * costs, rel=1e-9)
    found = StarletLaplace(2.0, level=0.5, levels=2).value(x)
    assert found == pytest.approx(2 * costs + 2 * x.mean() ** 2, rel=1e-12)


def test_the_power_of_the_rate_is_the_number_of_free_directions():
    """Mass of exp(-value) over the two directions of a 1 x 3 image that are not constant, by quadrature."""
    a, b = np.meshgrid(*2 * [np.linspace(-60, 60, 401)], sparse=True)
    frame = np.array([[[1.0, -1, 0]], [[1.0, 1, -2]]]) / np.sqrt([[[2]], [[6]]])
    one, two = (details(x, 1).ravel() * noise_of_scales(1)[0] for x in frame)
    costs = sum(np.abs(a * p + b * q) for p, q in zip(one, two, strict=True))
    assert StarletLaplace(1.0, levels=1).value(2 * frame[0] + 3 * frame[1]) == pytest.approx(
        np.abs(2 * one + 3 * two).sum()
    )
    masses = [np.exp(-rate * costs).sum() for rate in (1.0, 2.0)]
    normalisers = [StarletLaplace(rate, level=1.0, levels=1).log_normaliser(rate, (1, 3)) for rate in (1.0, 2.0)]
    assert np.log(masses[0] / masses[1]) == pytest.approx(normalisers[1] - normalisers[0], rel=0.02)


def test_without_a_level_the_starlet_is_a_penalty_but_no_density(rng):
    x = rng.normal(size=(5, 4))
    assert StarletLaplace(1.0, levels=2).prox(x, 0.3).mean() == pytest.approx(x.mean())
    np.testing.assert_allclose(StarletLaplace(100.0, levels=1).prox(x, 1.0), x.mean(), atol=1e-7)
    with pm.Model(coords={"m": range(5), "l": range(4)}), pytest.raises(ModelError, match="finite level"):
        StarletLaplace(1.0).variable("sky", dims=("m", "l"))
    for wrong in ({"levels": 0}, {"level": -1.0}):
        with pytest.raises(ModelError, match="must be"):
            StarletLaplace(1.0, **wrong)
    with pytest.raises(ModelError, match="improper"):
        StarletLaplace(1.0).log_normaliser(1.0, (5, 4))


GRID = Grid((12, 11), cell=1e-5)


@pytest.mark.parametrize("dictionary", [starlet(GRID, levels=2), gaussians(GRID, sizes=(0.0, 2.0), bias=1.5)])
def test_the_image_is_the_synthesis_of_the_coefficients(dictionary):
    prior = SynthesisPrior(Laplace(2.0), dictionary)
    with pm.Model(coords={"m": range(12), "l": range(11)}) as model:
        image = prior.variable("image", dims=("m", "l"))
    (free,) = model.free_RVs
    drawn, coefficients = pm.draw([image, free], random_seed=1)
    planes = np.zeros((2, 12, 11))
    for scale, part in enumerate(np.split(coefficients, [dictionary.inside(0).sum()])):
        planes[scale][dictionary.inside(scale)] = part
    np.testing.assert_allclose(drawn, dictionary.synthesise(planes), atol=1e-12)
    np.testing.assert_array_equal(prior.flattened(planes), coefficients)
    np.testing.assert_allclose(prior.parts(coefficients).sum(axis=0), drawn, atol=1e-12)


def test_the_power_of_the_rate_is_exactly_the_number_of_atoms():
    dictionary, heights = starlet(GRID, levels=2), []
    atoms = sum(int(dictionary.inside(scale).sum()) for scale in range(2))
    for rate in (1.0, 3.0):
        with pm.Model(coords={"m": range(12), "l": range(11)}) as model:
            SynthesisPrior(PositiveLaplace(rate), dictionary).variable("image", dims=("m", "l"))
        (free,) = model.free_RVs
        heights.append(pm.logp(free, np.zeros(atoms)).sum().eval())
    assert heights[1] - heights[0] == pytest.approx(atoms * np.log(3.0), rel=1e-6)


def test_a_dictionary_of_another_shape_is_refused():
    prior = SynthesisPrior(Laplace(1.0), starlet(GRID, levels=2))
    with pm.Model(coords={"m": range(9), "l": range(9)}), pytest.raises(ModelError, match="makes images of"):
        prior.variable("image", dims=("m", "l"))
