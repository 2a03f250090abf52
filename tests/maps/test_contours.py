"""Position regions: right in size and direction without noise, right in coverage with it, else refused."""

import numpy as np
import pytest
from matplotlib.path import Path

from bayesim.conventions import ARCSEC
from bayesim.data import from_arrays
from bayesim.maps import fit_beam, position_contours
from bayesim.maps._zoom import Patch, refined
from bayesim.maps.contours import GOOD
from bayesim.operators import Coplanar, WideField, measure
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, debias

GRID = Grid(64, cell="1 arcsec")


def observed(sources, *, pixels=6.0, rng=None, lean=0.0, seed=0, w=None):
    """Observe points (flux over sigma_image, l, m in cells) by a random elliptical array."""
    layout = np.random.default_rng(seed)
    radius, angle = np.sqrt(layout.uniform(0, 1, 400)) / (pixels * GRID.cell), layout.uniform(0, np.pi, 400)
    east, north = radius * np.cos(angle), 0.5 * radius * np.sin(angle)
    u, v = east * np.cos(lean) + north * np.sin(lean), north * np.cos(lean) - east * np.sin(lean)
    weight = layout.uniform(0.5, 1.5, 400)
    scale = GRID.cell
    data = sum(snr / np.sqrt(weight.sum()) * np.exp(-2j * np.pi * scale * (u * x + v * y)) for snr, x, y in sources)
    if rng is not None:
        data = data + (rng.standard_normal(400) + 1j * rng.standard_normal(400)) / np.sqrt(weight)
    return from_arrays(u, v, data, weight=weight, w=np.zeros(400) if w is None else w)


def solved(vis, *, sigmas, make=PositiveLaplace, gap=1e-7):
    statistics = measure(vis, GRID)
    equations = Coplanar(statistics)
    solution = PolyClean(relative_gap=gap).solve(equations, make(sigmas * np.sqrt(vis.sum_weight)))
    return solution, equations, fit_beam(statistics.psf, cell=GRID.cell)


def normalised(row):
    """Return the contour's corners in units of the ellipse's radius in their direction."""
    l, m = (np.radians(np.asarray(row[f"contour_{name}"]) - row[name]) / ARCSEC for name in ("l", "m"))
    angle = np.radians(row["ellipse_pa"])
    along, across = l * np.sin(angle) + m * np.cos(angle), l * np.cos(angle) - m * np.sin(angle)
    return np.hypot(along / row["ellipse_major"], across / row["ellipse_minor"])


@pytest.mark.parametrize("lean", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("snr", [20.0, 200.0])
def test_without_noise_the_contour_is_the_ellipse_and_turns_with_the_array(lean, snr):
    solution, equations, beam = solved(observed([(snr, 5.3, -7.8)], lean=lean), sigmas=3)
    (row,) = position_contours(solution, equations, beam)
    assert row["contour_status"] == GOOD
    assert np.degrees(5.3 * GRID.cell) == pytest.approx(row["l"], abs=np.degrees(1e-3 * GRID.cell))
    assert np.degrees(-7.8 * GRID.cell) == pytest.approx(row["m"], abs=np.degrees(1e-3 * GRID.cell))
    assert row["snr"] == pytest.approx(snr, rel=1e-3)
    assert normalised(row) == pytest.approx(1.0, rel=0.02)
    assert row["contour_area"] == pytest.approx(row["ellipse_area"], rel=0.03)
    assert row["ellipse_major"] / row["ellipse_minor"] == pytest.approx(beam.major / beam.minor, rel=0.1)
    assert abs(np.sin(np.radians(row["ellipse_pa"]) - beam.position_angle)) < 0.05


def test_the_region_shrinks_with_the_noise_where_a_fixed_level_does_not():
    """Without noise the certificate of a point on a pixel is the normalised PSF, at any signal-to-noise ratio."""
    regions, fixed = [], []
    for snr in (10.0, 1000.0):
        vis = observed([(snr, 4, 6)])
        solution, equations, beam = solved(vis, sigmas=3)
        psf = measure(vis, GRID).psf
        # the source stands 6 rows to the North of and 4 columns to the left of pixel (32, 32)
        expected = psf[64 - 38 : 128 - 38, 64 - 28 : 128 - 28] / psf.max()
        np.testing.assert_allclose(solution.certificate, expected, atol=1e-6)
        regions.append(position_contours(solution, equations, beam)["contour_area"][0])
        fixed.append(np.count_nonzero(solution.certificate >= 0.9))
    assert regions[0] / regions[1] == pytest.approx(1e4, rel=0.1)
    assert fixed[0] == fixed[1]


def test_below_two_sigma_only_the_ellipse_is_given():
    solution, equations, beam = solved(observed([(50.0, 1.2, 3.4)]), sigmas=1.5)
    (row,) = position_contours(solution, equations, beam)
    assert "lambda is 1.5 sigma" in row["contour_status"]
    assert np.isnan(row["contour_l"]).all()
    assert np.isfinite(row["ellipse_major"])


def test_a_blend_has_neither():
    solution, equations, beam = solved(observed([(100.0, 0, 0), (100.0, 5.0, 0)]), sigmas=3)
    table = position_contours(solution, equations, beam, refit=debias(equations, solution))
    assert "a blend or an extended source" in table["contour_status"][0]
    assert np.isnan(table["ellipse_major"][0])
    assert table["flux"][0] > 0


def test_pixels_that_under_sample_are_said_to():
    for snr, reason in ((20.0, "under-sample"), (300.0, "one point leaves")):
        solution, equations, beam = solved(observed([(snr, 0.4, 0.3)], pixels=2.2), sigmas=3, gap=1e-5)
        brightest = position_contours(solution, equations, beam)[0]
        assert reason in brightest["contour_status"]
        assert np.isnan(brightest["contour_area"])


def test_a_source_at_the_edge_is_kept_and_said_to_be_there():
    solution, equations, beam = solved(observed([(50.0, 30, 30), (20.0, 0, 0)]), sigmas=3)
    table = position_contours(solution, equations, beam, phase_centre=(1.0, 0.5))
    assert table["snr"][0] == pytest.approx(20, rel=0.01)
    assert "too near the edge" in table["contour_status"][-1]
    assert np.isfinite(table["ra"]).all()


def test_a_negative_source_of_a_signed_prior():
    vis = observed([(-50.0, 3.2, 1.1)])
    solution, equations, beam = solved(vis, sigmas=3, make=Laplace)
    (row,) = position_contours(solution, equations, beam)
    assert row["flux"] == pytest.approx(-50 / np.sqrt(vis.sum_weight), rel=1e-3)
    assert normalised(row) == pytest.approx(1.0, rel=0.02)


def test_w_terms_are_in_the_local_psf():
    vis = observed([(50.0, 3.2, 1.1)], w=np.random.default_rng(2).uniform(-1e4, 1e4, 400))
    equations = WideField(vis, GRID)
    solution = PolyClean(relative_gap=1e-6).solve(equations, PositiveLaplace(3 * np.sqrt(vis.sum_weight)))
    beam = fit_beam(measure(vis, GRID).psf, cell=GRID.cell)
    (row,) = position_contours(solution, equations, beam)
    assert normalised(row) == pytest.approx(1.0, rel=0.02)


def test_interpolation_is_that_of_a_band_limited_image(rng):
    frequency = rng.uniform(-0.25, 0.25, (50, 2)) / np.sqrt(2)
    phase = rng.uniform(0, 2 * np.pi, 50)

    def wave(y, x):
        return np.cos(2 * np.pi * (np.multiply.outer(y, frequency[:, 0]) + np.multiply.outer(x, frequency[:, 1]))
                      + phase).mean(axis=-1)  # fmt: skip

    steps = np.arange(-15.0, 16.0)
    y, x = rng.uniform(-3, 3, (2, 40))
    values = wave(*np.meshgrid(steps, steps, indexing="ij"))
    np.testing.assert_allclose(Patch(values, 12).at(x, y), wave(y, x), atol=1e-8)
    assert np.abs(Patch(values, 6).at(x, y) - wave(y, x)).max() > 1e-8
    fine = refined(values, factor=2)
    np.testing.assert_allclose(fine[::2, ::2], values, atol=1e-12)
    np.testing.assert_allclose(fine[31, 31], wave(np.array(0.5), np.array(0.5)), atol=1e-8)


def coverage(*, fields, snr, sigmas, seed):
    """Return how often contour and ellipse hold the truth, and the share of fields with a contour."""
    rng = np.random.default_rng(seed)
    inside, within = [], []
    for field in range(fields):
        x, y = rng.uniform(-3, 3, 2)
        vis = observed([(snr, x, y)], rng=rng, seed=seed + field)
        row = position_contours(*solved(vis, sigmas=sigmas, gap=1e-5))[0]
        offset = np.array([x, y]) * GRID.cell / ARCSEC
        at = np.radians([row["l"], row["m"]]) / ARCSEC
        angle = np.radians(row["ellipse_pa"])
        turn = np.array([[np.sin(angle), np.cos(angle)], [np.cos(angle), -np.sin(angle)]])
        radii = turn @ (offset - at) / [row["ellipse_major"], row["ellipse_minor"]]
        within.append(np.hypot(*radii) <= 1)
        if row["contour_status"] == GOOD:
            corners = np.radians(np.column_stack([row["contour_l"], row["contour_m"]])) / ARCSEC
            inside.append(Path(corners).contains_point(offset))
    return np.mean(inside), np.mean(within), len(inside) / fields


def test_coverage_of_a_few_fields():
    """60 fields: three standard errors of 0.95 are 0.085."""
    contour, ellipse, share = coverage(fields=60, snr=20.0, sigmas=4.0, seed=100)
    assert contour >= 0.86
    assert ellipse >= 0.86
    assert share > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("snr", "sigmas"), [(10.0, 4.0), (30.0, 4.0), (100.0, 4.0), (30.0, 3.0)])
def test_coverage(snr, sigmas):
    """400 fields: two standard errors of 0.95 are 0.022."""
    contour, ellipse, share = coverage(fields=400, snr=snr, sigmas=sigmas, seed=7)
    assert 0.90 <= contour <= 0.98
    assert 0.91 <= ellipse <= 0.98
    assert share > 0.9
