"""Lambda by cross-validation: skies fitted to a part of the data have to foretell the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesim.data import Folds
from bayesim.solvers._lambda_choice import LambdaChoice, LambdaProblem
from bayesim.solvers._solution import Solution

__all__ = ["CrossValidation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """The lambda of the path whose skies foretell held-out visibilities best.

    For each fold the rest of the data is measured again and solved along the whole path, each lambda started from the
    one before; the score is the chi^2 of the held-out visibilities over all folds, per real number. Lambda in 1/Jy is
    the same in every fold, as the rate of a prior is: it stands a little higher over the noise of fewer data.

    The score asks for good predictions, not for a true support. Shrunk skies predict best at a lambda that lets in
    false sources (Meinshausen & Buehlmann 2006, Ann. Stat. 34, 1436, proposition 1). For the support take
    ``sparser``, the largest lambda within one standard error of the best (Hastie, Tibshirani & Friedman 2009,
    section 7.10), or a rule by the noise.

    Parameters
    ----------
    folds : Folds
        Of the problem's visibilities: :func:`~bayesim.data.leave_out`, :func:`~bayesim.data.leave_out_antennas`.
    """

    folds: Folds

    @property
    def name(self) -> str:
        """For tables and figures."""
        return f"cross-validation, {self.folds.name}"

    def choose(self, problem: LambdaProblem) -> LambdaChoice:
        """Solve one path for each fold.

        Raises
        ------
        DataError
            The folds are of other data.
        """
        folds = range(len(self.folds))
        fits = [self._fold(problem, fold) for fold in folds]
        chi2 = np.array([fit[0] for fit in fits])
        unfinished = sum(fit[1] for fit in fits)
        size = 2 * self.folds.held_out.sum(axis=1).astype(np.float64)
        scores = chi2.sum(axis=0) / size.sum()
        errors = _errors(chi2, size)
        best = int(np.argmin(scores))
        # lambda falls along the path: the first that is close enough is the largest
        sparser = int(np.argmax(scores <= scores[best] + errors[best]))
        return LambdaChoice(
            self.name,
            float(problem.rates[best]),
            self._label(best, unfinished, scores.size),
            rates=problem.rates,
            scores=scores,
            errors=errors,
            score="held-out χ² per real number",
            sparser=float(problem.rates[sparser]),
        )

    def _fold(self, problem: LambdaProblem, fold: int) -> tuple[Floats, int]:
        """Return the held-out chi^2 at every lambda, and how many fits did not reach their gap."""
        fitted, held = (problem.measured(part) for part in self.folds.parts(problem.vis, fold))
        chi2, unfinished = np.empty(problem.rates.size), 0
        solution: Solution | None = None
        for k, rate in enumerate(problem.rates):
            solution = problem.solver.solve(fitted, problem.make(float(rate)), start=solution)
            chi2[k] = held.residual(solution.indices, solution.fluxes).energy
            unfinished += not solution.converged
        return chi2, unfinished

    def _label(self, best: int, unfinished: int, size: int) -> str:
        words = [f"{len(self.folds)} folds; a member of the path; predicts well, which lets in false sources"]
        if best in (0, size - 1):
            words.append("at the end of the path: extend it")
        if self.folds.overlapping:
            words.append("folds overlap, so errors are rough")
        if self.folds.never:
            words.append(f"{self.folds.never} visibilities never held out")
        if unfinished:
            words.append(f"{unfinished} of {size * len(self.folds)} fits short of their gap")
        return "; ".join(words)


def _errors(chi2: Floats, size: Floats) -> Floats:
    """Return standard errors of ``sum chi2 / sum size`` from the spread between folds (a ratio estimator)."""
    spread = chi2 - chi2.sum(axis=0) / size.sum() * size[:, None]
    folds = size.size
    return np.sqrt(folds / (folds - 1) * np.square(spread).sum(axis=0)) / size.sum()
