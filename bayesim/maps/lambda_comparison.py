"""Rules for lambda on the same data, in one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from astropy.table import Table

from bayesim.errors import ModelError
from bayesim.solvers import LambdaChoice, LambdaProblem, LambdaRule, Solution

__all__ = ["LambdaComparison", "compare_lambda"]


@dataclass(frozen=True, eq=False)
class LambdaComparison:
    """What each rule chose on the same data.

    Parameters
    ----------
    problem : LambdaProblem
        Data, prior and path.
    choices : tuple of LambdaChoice
        In the order of the rules, with the curves that they went by.
    """

    problem: LambdaProblem
    choices: tuple[LambdaChoice, ...]

    @cached_property
    def solutions(self) -> tuple[Solution | None, ...]:
        """The sky of all data at each choice, None where the rule has no answer."""
        return tuple(self.problem.at(c.rate) if np.isfinite(c.rate) else None for c in self.choices)

    @cached_property
    def table(self) -> Table:
        """One row for each rule, as an ``astropy.table.Table``.

        ``rule``; ``lambda`` (1/Jy) and ``alpha``, NaN where the rule has no answer; ``lambda_over_sigma``, lambda in
        units of the thermal noise; ``lambda_one_se`` (1/Jy), the largest within one standard error of the best, NaN
        for rules without errors; of the sky at lambda ``atoms``, ``flux`` (Jy, shrunk) and ``reduced_chi2`` of all
        data; ``label``, what the choice rests on.
        """
        nan, skies = float("nan"), self.solutions
        rates = np.array([choice.rate for choice in self.choices])
        table = Table(meta={"reduced_chi2": "of the LASSO, shrinkage included", "flux": "total of the LASSO, shrunk"})
        table["rule"] = [choice.name for choice in self.choices]
        table["lambda"] = rates
        table["alpha"] = rates / self.problem.lambda_max
        table["lambda_over_sigma"] = rates * float(self.problem.equations.sum_weight**-0.5)
        table["lambda_one_se"] = [choice.sparser for choice in self.choices]
        table["atoms"] = np.array([0 if s is None else s.indices.size for s in skies], dtype=np.int64)
        table["flux"] = [nan if s is None else float(s.fluxes.sum()) for s in skies]
        table["reduced_chi2"] = [nan if s is None else s.reduced_chi2 for s in skies]
        table["label"] = [choice.label for choice in self.choices]
        for name, unit in {"lambda": "1 / Jy", "lambda_one_se": "1 / Jy", "flux": "Jy"}.items():
            table[name].unit = unit
        return table


def compare_lambda(problem: LambdaProblem, rules: Sequence[LambdaRule]) -> LambdaComparison:
    """Let every rule choose lambda on the same data, prior and path.

    Parameters
    ----------
    problem : LambdaProblem
        Its path is solved once for all rules.
    rules : sequence of LambdaRule
        Such as :class:`~bayesim.solvers.Discrepancy` and :class:`~bayesim.solvers.CrossValidation`.

    Returns
    -------
    LambdaComparison
        A rule without an answer keeps its row, with NaN for lambda and the reason as its label.

    Raises
    ------
    ModelError
        There is no rule, or no pixel of the dirty image is positive.
    """
    if not rules:
        raise ModelError("there is nothing to compare: give at least one rule for lambda")
    # here rather than in the first rule that needs it: without a path there is no comparison
    _ = problem.solutions
    return LambdaComparison(problem, tuple(_answer(rule, problem) for rule in rules))


def _answer(rule: LambdaRule, problem: LambdaProblem) -> LambdaChoice:
    try:
        return rule.choose(problem)
    except ModelError as refusal:
        return LambdaChoice(rule.name, float("nan"), f"no answer: {refusal}")
