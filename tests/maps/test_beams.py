import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.errors import GridError
from bayesim.maps import Beam, fit_beam
from bayesim.sky import Grid


def _psf(beam, grid, *, peak):
    rows, columns = grid.shape
    l = -grid.cell * (np.arange(2 * columns) - columns)
    m = grid.cell * (np.arange(2 * rows) - rows)
    return peak * beam.profile(l[None, :], m[:, None])


@pytest.mark.parametrize("angle", [-80.0, -30.0, 0.0, 20.0, 65.0, 90.0])
@pytest.mark.parametrize("shape", [(32, 40), (31, 33)])
def test_fit_recovers_a_gaussian(angle, shape):
    beam = Beam(9 * ARCSEC, 5 * ARCSEC, np.radians(angle))
    fit = fit_beam(_psf(beam, Grid(shape, cell=ARCSEC), peak=37.0), cell=ARCSEC)
    assert fit.major == pytest.approx(beam.major, rel=1e-6)
    assert fit.minor == pytest.approx(beam.minor, rel=1e-6)
    assert np.sin(fit.position_angle - beam.position_angle) == pytest.approx(0, abs=1e-6)
    assert -np.pi / 2 < fit.position_angle <= np.pi / 2 + 1e-12


def test_position_angle_runs_from_north_to_east():
    # PA +45 deg: the major axis points to the North-East, which is up and to the left of the array
    psf = _psf(Beam(8e-5, 3e-5, np.pi / 4), Grid(24, cell=1e-5), peak=1.0)
    assert psf[24 + 2, 24 - 2] > psf[24 + 2, 24 + 2]


def test_fit_against_an_array_of_gaussian_weights(rng):
    # visibilities drawn from a Gaussian in (u, v) have the Gaussian PSF with covariance (4 pi^2 C_uv)^-1
    angle, spread = np.radians(35), np.array([3000.0, 6000.0])
    axes = np.array([[np.sin(angle), np.cos(angle)], [np.cos(angle), -np.sin(angle)]])
    uv = (rng.standard_normal((40_000, 2)) * spread) @ axes
    cell = 0.6 * ARCSEC
    offsets = cell * (np.arange(48) - 24)
    u_phase = np.exp(2j * np.pi * np.outer(-offsets, uv[:, 0]))
    v_phase = np.exp(2j * np.pi * np.outer(offsets, uv[:, 1]))
    fit = fit_beam((v_phase @ u_phase.T).real, cell=cell)
    widths = np.sqrt(8 * np.log(2)) / (2 * np.pi * spread)
    assert fit.major == pytest.approx(widths[0], rel=0.01)
    assert fit.minor == pytest.approx(widths[1], rel=0.01)
    assert fit.position_angle == pytest.approx(angle, abs=0.02)


def test_fit_ignores_sidelobes_away_from_the_peak():
    beam, grid = Beam(8 * ARCSEC, 6 * ARCSEC, 0.4), Grid(40, cell=ARCSEC)
    psf = _psf(beam, grid, peak=1.0)
    psf[10:14, 10:14] = 0.9
    assert fit_beam(psf, cell=ARCSEC).major == pytest.approx(beam.major, rel=1e-6)


def test_a_beam_of_one_pixel_has_a_fit():
    beam = Beam(1.3 * ARCSEC, 1.1 * ARCSEC, 0.3)
    fit = fit_beam(_psf(beam, Grid(16, cell=ARCSEC), peak=2.0), cell=ARCSEC)
    assert fit.major == pytest.approx(beam.major, rel=0.01)
    assert fit.minor == pytest.approx(beam.minor, rel=0.01)


def test_kernel_sums_to_the_beam_area():
    beam = Beam(9 * ARCSEC, 5 * ARCSEC, 1.0)
    kernel = beam.kernel(ARCSEC)
    assert kernel.sum() == pytest.approx(beam.area(ARCSEC), rel=1e-6)
    assert kernel.max() == kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] == 1.0


def test_a_psf_without_lobe_or_peak_is_refused():
    with pytest.raises(GridError, match="no main lobe"):
        fit_beam(np.ones((16, 16)), cell=1e-5)
    with pytest.raises(GridError, match="must be positive"):
        fit_beam(np.zeros((16, 16)), cell=1e-5)


@pytest.mark.parametrize("axes", [(1.0, 2.0), (1.0, 0.0), (np.nan, 1.0)])
def test_impossible_beams_are_refused(axes):
    with pytest.raises(GridError, match="major >= minor"):
        Beam(*axes, 0.0)
