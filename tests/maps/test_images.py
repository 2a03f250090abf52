"""dirty, residual, model, restored, certificate: units, values and labels."""

import numpy as np
import pytest

from bayesim.maps import Beam, certificate, convolved, dirty, fit_beam, model, residual, restored, saturation
from bayesim.operators import Coplanar
from bayesim.solvers import CottonSchwab, Stopping


def test_dirty_image_is_in_jansky_per_beam(statistics):
    image = dirty(statistics)
    assert image.unit == "Jy/beam"
    assert image.signed
    np.testing.assert_allclose(image.values * statistics.sum_weight, statistics.dirty, rtol=1e-14)
    rows, columns = image.grid.shape
    # the 1 Jy source, 8 pixels to the East and 4 to the North: up and to the left
    assert image.values[rows // 2 + 4, columns // 2 - 8] == pytest.approx(1.0, abs=0.15)


def test_residual_is_noise_and_shrinkage(solution):
    image = residual(solution)
    limit = solution.rate / solution.sum_weight
    assert image.values.max() == pytest.approx(limit, rel=1e-4)
    assert f"{limit:.3g}" in image.label


def test_model_sums_to_the_total_flux(solution):
    assert model(solution).unit == "Jy/pixel"
    assert model(solution).values.sum() == pytest.approx(solution.fluxes.sum(), rel=1e-14)


def test_convolution_conserves_flux_away_from_the_edge():
    image = np.zeros((64, 80))
    image[30, 41], image[36, 30] = 2.0, 0.5
    beam = Beam(6e-5, 4e-5, 0.7)
    blurred = convolved(image, beam, cell=1e-5)
    assert blurred.sum() / beam.area(1e-5) == pytest.approx(2.5, rel=1e-6)
    assert np.unravel_index(blurred.argmax(), blurred.shape) == (30, 41)
    assert blurred.max() == pytest.approx(2.0, rel=1e-3)


def test_convolution_with_a_beam_larger_than_the_image():
    image = np.zeros((5, 7))
    image[2, 3] = 1.0
    blurred = convolved(image, Beam(9e-5, 9e-5, 0.0), cell=1e-5)
    assert blurred.shape == image.shape
    assert blurred[2, 3] == pytest.approx(1.0)
    assert blurred[2, 3 + 2] == pytest.approx(2 ** -(4 * (2 / 9) ** 2))


def test_restored_is_model_plus_residual(solution, statistics):
    beam = fit_beam(statistics.psf, cell=solution.grid.cell)
    image = restored(solution, beam)
    model_part = image.values - residual(solution).values
    np.testing.assert_allclose(model_part, convolved(solution.image, beam, cell=solution.grid.cell), atol=1e-15)
    assert image.beam == beam
    assert "mixed" in image.label


def test_components_of_clean_are_drawn_like_a_solution(statistics):
    found = CottonSchwab(stopping=Stopping(sigmas=4)).deconvolve(Coplanar(statistics), statistics.psf)
    beam = fit_beam(statistics.psf, cell=statistics.grid.cell)
    left, image = residual(found), restored(found, beam)
    assert np.abs(left.values).max() == pytest.approx(found.history[-1].peak)
    assert f"highest peak left {found.history[-1].peak:.3g} Jy" in left.label
    seen = convolved(found.image, beam, cell=found.grid.cell)
    np.testing.assert_allclose(image.values - left.values, seen, atol=1e-14)
    assert "no certificate" in model(found).label
    rows, columns = image.grid.shape
    assert image.values[rows // 2 + 4, columns // 2 - 8] == pytest.approx(1.0, abs=0.15)


def test_certificate_and_saturation(solution):
    eta = certificate(solution)
    assert eta.values.max() == pytest.approx(1.0, abs=1e-4)
    assert f"{solution.radius:.3g}" in eta.label
    mask = saturation(solution)
    assert set(np.unique(mask.values)) == {0.0, 1.0}
    assert np.all(mask.values.ravel()[solution.indices] == 1)


def test_saturation_says_when_it_proves_nothing(solution):
    from dataclasses import replace

    loose = replace(solution, gap=solution.rate**2 / solution.sum_weight)
    assert loose.radius > 1
    assert "proves nothing" in saturation(loose).label
