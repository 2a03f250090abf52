from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from astropy.table import Table

from bayesim.errors import ModelError
from bayesim.maps import Beam, catalogue, fit_beam, write_catalogue
from bayesim.operators import Residual
from bayesim.priors import PositiveLaplace
from bayesim.sky import Grid
from bayesim.solvers import Refit, Solution

PHASE_CENTRE = (np.radians(202.5), np.radians(47.2))
GRID = Grid((20, 24), cell=1e-5)


def _solution(pixels, *, certificate=()):
    """Build a solution from {(row, column): flux}; the certificate is 1 there and as given elsewhere, else 0.5."""
    where = sorted(pixels)
    indices = np.array([row * GRID.shape[1] + column for row, column in where], dtype=np.int64)
    eta = np.full(GRID.shape, 0.5)
    for place in where:
        eta[place] = 1.0
    for place, value in dict(certificate).items():
        eta[place] = value
    fluxes = np.array([pixels[place] for place in where])
    return Solution(
        GRID, PositiveLaplace(10.0), indices, fluxes, Residual(10 * eta, 1.0), 1e4, 100, 50.0, 5.0, 1e-9, True, ""
    )


def _tree(image, indices):
    data = xr.Dataset({"image": (("chain", "draw", "pixel"), image)}, coords={"index": ("pixel", indices)})
    return xr.DataTree.from_dict({"posterior": data})


def test_touching_pixels_are_one_source_and_others_are_not():
    solution = _solution({(5, 5): 1.0, (6, 6): 3.0, (5, 8): 0.5, (12, 3): 2.0})
    table = catalogue(solution)
    np.testing.assert_allclose(table["flux"], [4.0, 2.0, 0.5])
    assert table["pixels"].tolist() == [2, 1, 1]
    l, m = np.degrees(GRID.l), np.degrees(GRID.m)
    assert table["l"][0] == pytest.approx((l[5] + 3 * l[6]) / 4)
    assert table["m"][0] == pytest.approx((m[5] + 3 * m[6]) / 4)
    assert table["l"].unit == table["dec"].unit == "deg"
    assert table["flux"].unit == "Jy"


def test_a_crest_of_the_certificate_joins_atoms():
    atoms = {(5, 5): 1.0, (5, 8): 0.5}
    crest = {(5, 6): 0.95, (5, 7): 0.95}
    loose = 0.5 * (0.08 * 10) ** 2 / 1e4
    assert len(catalogue(_solution(atoms, certificate=crest))) == 2
    assert len(catalogue(replace(_solution(atoms, certificate=crest), gap=loose))) == 1


def test_without_a_posterior_nothing_is_invented():
    table = catalogue(_solution({(5, 5): 1.0}))
    for name in ("flux_sd", "flux_low", "flux_high", "probability", "ra", "dec", "l_sd"):
        assert np.isnan(table[name][0])
    assert table["label"][0] == "LASSO flux, shrunk; no interval"
    assert table["peak_certificate"][0] == 1.0
    assert "unknown" in table.meta["positions"]


def test_flux_of_an_island_is_summed_draw_by_draw(rng):
    solution = _solution({(5, 5): 1.0, (5, 6): 1.0, (12, 3): 2.0})
    columns = GRID.shape[1]
    indices = np.array([5 * columns + 5, 5 * columns + 6, 12 * columns + 3, 12 * columns + 4, 0])
    first = rng.normal(1.0, 0.3, size=(4, 500))
    # the two pixels of the first island are perfectly anticorrelated: their sum has no spread
    image = np.stack([first, 3 - first, rng.gamma(4, 0.5, (4, 500)), np.full((4, 500), 0.1), first * 0], axis=-1)
    image[..., 4] = 0.02
    table = catalogue(solution, _tree(image, indices))
    assert table["flux"][0] == pytest.approx(3.0)
    assert table["flux_sd"][0] < 1e-12
    assert table["flux"][1] == pytest.approx(image[..., 2].mean() + 0.1)
    assert table["flux_sd"][1] == pytest.approx(image[..., 2].std(ddof=1))
    assert table["flux_low"][1] < table["flux"][1] < table["flux_high"][1]
    assert table["pixels"].tolist() == [2, 2]
    assert table["probability"].tolist() == [1.0, 1.0]
    assert table.meta["flux_outside_Jy"] == pytest.approx(0.02)
    assert "95 % HDI" in table["label"][0]


def test_probability_and_an_island_that_is_often_empty(rng):
    solution = _solution({(5, 5): 1.0, (9, 9): 0.1})
    indices = solution.indices
    image = np.zeros((2, 400, 2))
    image[..., 0] = 1.0
    image[:, :100, 1] = 0.1
    table = catalogue(solution, _tree(image, indices))
    # 3 sigma_image is 0.03 Jy
    np.testing.assert_allclose(table["probability"], [1.0, 0.25])
    assert table["flux_low"][1] == 0.0
    assert np.isfinite(table["l"]).all()


def test_an_island_that_was_not_sampled_keeps_its_lasso_flux():
    solution = _solution({(5, 5): 1.0, (12, 12): 0.7})
    table = catalogue(solution, _tree(np.ones((2, 50, 1)), solution.indices[:1]))
    by_flux = {round(float(row["flux"]), 3): row for row in table}
    assert by_flux[0.7]["label"] == "LASSO flux, shrunk; no interval"
    assert np.isnan(by_flux[0.7]["flux_sd"])
    assert "HDI" in by_flux[1.0]["label"]


def test_refit_errors_use_the_covariance_within_an_island():
    solution = _solution({(5, 5): 1.0, (5, 6): 1.0, (12, 3): 2.0})
    covariance = np.array([[0.04, -0.03, 0], [-0.03, 0.04, 0], [0, 0, 0.01]])
    table = catalogue(
        solution,
        refit=Refit(
            solution.indices, np.array([1.2, 1.1, 2.2]), covariance, Residual(np.zeros(solution.grid.shape), 0.0)
        ),
    )
    by_flux = {round(float(row["flux"]), 3): row for row in table}
    assert by_flux[2.3]["flux_sd"] == pytest.approx(np.sqrt(0.02))
    assert by_flux[2.3]["flux_high"] == pytest.approx(2.3 + 1.959964 * np.sqrt(0.02), rel=1e-6)
    assert by_flux[2.2]["flux_sd"] == pytest.approx(0.1)
    assert "conditional on the support" in table["label"][0]
    with pytest.raises(ModelError, match="outside"):
        catalogue(
            solution, refit=Refit(np.array([0]), np.ones(1), np.eye(1), Residual(np.zeros(solution.grid.shape), 0.0))
        )


def test_an_island_that_the_refit_removed_says_so():
    solution = _solution({(5, 5): 1.0, (12, 3): 2.0})
    table = catalogue(
        solution,
        refit=Refit(
            solution.indices[:1], np.array([1.2]), np.array([[0.01]]), Residual(np.zeros(solution.grid.shape), 0.0)
        ),
    )
    assert table["flux"].tolist() == [1.2, 0.0]
    assert "removed" in table["label"][1]
    assert np.isnan(table["flux_high"][1])


def test_position_errors_of_a_single_pixel_come_from_the_beam():
    beam = Beam(8e-5, 4e-5, np.pi / 2)
    table = catalogue(_solution({(5, 5): 0.5}), beam=beam)
    # signal-to-noise 50; the major axis points East
    assert table["l_sd"][0] == pytest.approx(np.degrees(8e-5 / np.sqrt(8 * np.log(2)) / 50))
    assert table["m_sd"][0] == pytest.approx(np.degrees(4e-5 / np.sqrt(8 * np.log(2)) / 50))


def test_celestial_positions(solution, statistics):
    beam = fit_beam(statistics.psf, cell=solution.grid.cell)
    table = catalogue(solution, beam=beam, phase_centre=PHASE_CENTRE)
    assert len(table) == 3
    first = table[0]
    east = (first["ra"] - 202.5) * np.cos(np.radians(first["dec"])) * 3600
    assert east == pytest.approx(8 * 2.0, abs=0.1)
    assert (first["dec"] - 47.2) * 3600 == pytest.approx(4 * 2.0, abs=0.1)
    assert first["l"] > 0
    # the second source lies between pixels, 9.5 pixels to the West and 6.3 to the South
    assert table["l"][1] * 3600 == pytest.approx(-9.5 * 2, abs=0.5)
    assert table["m"][1] * 3600 == pytest.approx(-6.3 * 2, abs=0.5)


def test_celestial_positions_far_from_the_centre():
    grid = Grid((8, 8), cell=np.radians(1.0), centre=(0.2, 0.1))
    solution = Solution(
        grid, PositiveLaplace(1.0), np.array([8 * 4 + 4]), np.ones(1), Residual(np.ones(grid.shape), 1.0), 1e4, 1,
        5.0, 1.0, 0.0, True, "",
    )  # fmt: skip
    table = catalogue(solution, phase_centre=(1.0, 0.4))
    dec = np.arcsin(0.1 * np.cos(0.4) + np.sqrt(1 - 0.05) * np.sin(0.4))
    ra = 1.0 + np.arctan2(0.2, np.sqrt(1 - 0.05) * np.cos(0.4) - 0.1 * np.sin(0.4))
    assert table["dec"][0] == pytest.approx(np.degrees(dec), abs=1e-9)
    assert table["ra"][0] == pytest.approx(np.degrees(ra), abs=1e-9)


def test_round_trip_through_ecsv(tmp_path, solution, tree):
    table = catalogue(solution, tree, phase_centre=PHASE_CENTRE)
    write_catalogue(table, tmp_path / "catalogue.ecsv")
    back = Table.read(tmp_path / "catalogue.ecsv", format="ascii.ecsv")
    assert back.colnames == table.colnames
    for name in table.colnames:
        np.testing.assert_array_equal(back[name], table[name])
        assert back[name].unit == table[name].unit
    assert back.meta == table.meta


def test_the_most_significant_source_comes_first(solution, tree):
    significance = catalogue(solution, tree)["significance"]
    assert np.all(np.diff(significance) <= 0)


def test_an_empty_sky_has_an_empty_catalogue():
    empty = replace(_solution({(5, 5): 1.0}), indices=np.empty(0, dtype=np.int64), fluxes=np.empty(0))
    table = catalogue(empty, beam=Beam(2e-5, 1e-5, 0.0), phase_centre=PHASE_CENTRE)
    assert len(table) == 0
    assert "flux" in table.colnames
