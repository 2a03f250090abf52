"""The figure of squared visibilities."""

import numpy as np
import pytest

from bayesim.data import PerBaseline
from bayesim.errors import DataError
from bayesim.plots import squared_visibility


def test_data_model_and_residuals_are_drawn():
    n, nan = 20, np.full(20, np.nan)
    value = np.linspace(1.0, 0.01, n)
    data = PerBaseline(value, 0.1 * value, np.linspace(1e6, 9e6, n), np.zeros(n), nan, nan, np.full((n, 2), -1))
    axes = squared_visibility(data, value * 1.1, noise_scale=2.0)
    (below,) = axes.child_axes
    # a tenth too high with errors of a tenth times two
    np.testing.assert_allclose(below.lines[0].get_ydata(), -0.5)
    assert below.get_xlabel() == "Baseline length (Mλ)"
    assert axes.get_yscale() == "log"
    with pytest.raises(DataError, match="expected"):
        squared_visibility(data, value[:3])
