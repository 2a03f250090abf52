"""The representation beam: an autocorrelation fitted by a Gaussian, independent of the signal-to-noise ratio."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.errors import GridError, ModelError
from bayesim.maps import Beam, fit_beam, representation_beam, restored
from bayesim.maps.fits import header
from bayesim.operators import Residual
from bayesim.sky import Grid

GRID = Grid((60, 64), cell=ARCSEC)


def with_certificate(solution, values, grid=GRID):
    return replace(
        solution,
        grid=grid,
        fit=Residual(values * solution.rate, solution.residual_energy),
        indices=np.zeros(0, dtype=np.int64),
        fluxes=np.zeros(0),
    )


def gaussian(beam, *, l=0.0, m=0.0, grid=GRID):
    return beam.profile(grid.l[None, :] - l, grid.m[:, None] - m)


@pytest.mark.parametrize("angle", [-50.0, 0.0, 30.0])
def test_of_a_lone_lobe(solution, angle):
    """The cap of a Gaussian above 0.9: 0.30 of its width, same axes."""
    lobe = Beam(12 * ARCSEC, 8 * ARCSEC, np.radians(angle))
    beam = representation_beam(with_certificate(solution, gaussian(lobe, l=3.3 * ARCSEC)))
    assert beam.major / lobe.major == pytest.approx(0.30, abs=0.015)
    assert beam.minor / lobe.minor == pytest.approx(0.30, abs=0.015)
    assert np.sin(beam.position_angle - lobe.position_angle) == pytest.approx(0, abs=0.1)


def test_low_level_gives_the_root_of_two_of_a_gaussian(solution):
    lobe = Beam(12 * ARCSEC, 8 * ARCSEC, 0.4)
    beam = representation_beam(with_certificate(solution, gaussian(lobe)), level=0.01)
    assert beam.major == pytest.approx(np.sqrt(2) * lobe.major, rel=0.03)
    assert beam.minor == pytest.approx(np.sqrt(2) * lobe.minor, rel=0.03)


def test_equal_lobes_far_apart_count_as_one(solution):
    lobe = Beam(12 * ARCSEC, 8 * ARCSEC, 0.4)
    one = representation_beam(with_certificate(solution, gaussian(lobe)))
    pair = gaussian(lobe, l=15 * ARCSEC, m=10 * ARCSEC) + gaussian(lobe, l=-15 * ARCSEC, m=-10 * ARCSEC)
    two = representation_beam(with_certificate(solution, pair))
    assert two.major == pytest.approx(one.major, rel=0.01)
    assert two.minor == pytest.approx(one.minor, rel=0.01)


def test_equals_the_autocorrelation_of_the_whole_image(solution):
    """Region by region and finer than the pixels, against |FFT|^2 of one finely sampled image."""
    fine = Grid((240, 256), cell=ARCSEC / 4)
    lobe = Beam(14 * ARCSEC, 9 * ARCSEC, 1.0)
    places = ((10, 8, 1.0), (-12, 5, 0.97), (2, -14, 0.95))

    def certificate(grid):
        return sum(scale * gaussian(lobe, l=l * ARCSEC, m=m * ARCSEC, grid=grid) for l, m, scale in places)

    cut = certificate(fine)
    cut = np.where(cut >= 0.9, cut, 0.0)
    whole = np.fft.fftshift(np.fft.irfft2(np.abs(np.fft.rfft2(cut)) ** 2, cut.shape))
    expected = fit_beam(whole, cell=fine.cell)
    beam = representation_beam(with_certificate(solution, certificate(GRID)))
    assert beam.major == pytest.approx(expected.major, rel=0.02)
    assert beam.minor == pytest.approx(expected.minor, rel=0.02)


def test_restores_an_image(solution):
    beam = representation_beam(solution)
    image = restored(solution, beam)
    assert image.beam == beam
    assert "Jy per representation beam" in image.label
    assert "representation beam" in header(image).comments["BMAJ"]
    assert "Jy per CLEAN beam" in restored(solution, replace(beam, name="CLEAN beam")).label
    assert image.values.max() > 0.5 * solution.fluxes.max()


def test_what_it_refuses(solution):
    with pytest.raises(ModelError, match="between 0 and 1"):
        representation_beam(solution, level=1.0)
    with pytest.raises(GridError, match="the sky is empty"):
        representation_beam(with_certificate(solution, np.full(GRID.shape, 0.5)))
