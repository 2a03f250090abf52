"""The picture of rules for lambda: what is drawn is what was chosen."""

import numpy as np
import pytest

from bayesim import plots
from bayesim.maps import LambdaComparison
from bayesim.operators import Coplanar
from bayesim.priors import PositiveLaplace
from bayesim.solvers import LambdaChoice, LambdaProblem


@pytest.fixture(scope="module")
def comparison(visibilities, statistics):
    problem = LambdaProblem(
        visibilities, lambda part: Coplanar(statistics), PositiveLaplace, alphas=(1.0, 0.3, 0.1, 0.03)
    )
    rates = problem.rates
    curve = {"rates": rates, "scores": np.array([3.0, 1.1, 1.0, 1.2]), "score": "held-out"}
    return LambdaComparison(
        problem,
        (
            LambdaChoice("given", 0.5 * rates[0], "given"),
            LambdaChoice("held out", rates[2], "folds", errors=np.full(4, 0.2), sparser=float(rates[1]), **curve),
            LambdaChoice(
                "other", rates[1], "no errors", **{**curve, "score": "curvature", "scores": -np.arange(4.0)}
            ),
            LambdaChoice("none", float("nan"), "no answer"),
        ),
    )


def test_each_score_has_its_panel_and_each_rule_its_line(comparison):
    panels = plots.lambda_comparison(comparison)
    assert [ax.get_ylabel() for ax in panels] == ["held-out", "curvature", ""]
    assert [text.get_text() for text in panels[-1].get_yticklabels()] == ["given", "held out", "other", "none"]
    np.testing.assert_array_equal(panels[0].lines[0].get_ydata(), [3.0, 1.1, 1.0, 1.2])
    dots = {float(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in panels[-1].lines}
    assert dots == {place: comparison.choices[place].rate for place in range(3)}
    assert [text.get_text() for text in panels[-1].texts] == ["no answer"]
    panels[0].figure.draw_without_rendering()


def test_rules_without_curves_are_one_panel(comparison):
    only = LambdaComparison(comparison.problem, comparison.choices[:1])
    assert len(plots.lambda_comparison(only)) == 1
