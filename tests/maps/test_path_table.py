"""The table of a path, against the residual image of each solution."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.maps import path_table


def test_residuals_are_those_of_the_image(solution):
    # the most negative pixel counts as well
    deep = replace(solution, fit=type(solution.fit)(-3 * solution.residual, solution.residual_energy))
    table = path_table([solution, deep])
    image = solution.residual / solution.sum_weight
    np.testing.assert_allclose(table["residual_rms"], np.array([1, 3]) * np.sqrt(np.mean(image**2)))
    np.testing.assert_allclose(table["residual_peak"], np.array([1, 3]) * np.abs(image).max())
    assert table["residual_peak"].unit == "Jy / beam"


def test_columns_for_choosing_lambda(solution):
    row = path_table([solution])[0]
    assert row["lambda_over_sigma"] == pytest.approx(solution.rate * solution.sigma_image)
    assert row["alpha"] * solution.lambda_max == pytest.approx(row["lambda"])
    assert row["atoms"] == solution.indices.size
    assert row["flux"] == pytest.approx(solution.fluxes.sum())
    assert row["reduced_chi2"] == pytest.approx(solution.residual_energy / (2 * solution.count))


def test_an_empty_path_is_an_empty_table():
    assert len(path_table([])) == 0
