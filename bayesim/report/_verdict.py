"""The first thing on the page: whether the run may be believed, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Judgement", "judge_run"]


@dataclass(frozen=True)
class Judgement:
    """What is said of a run.

    Parameters
    ----------
    passed : bool
        The mode met its gap and the posterior, where there is one, met its gate.
    warned : bool
        A check of the fit says that the model or the errors of the data are doubtful: no failure of the run, whose
        numbers are right given both.
    reasons : tuple of str
        Sentences, failures and warnings first.
    """

    passed: bool
    warned: bool
    reasons: tuple[str, ...]

    @property
    def word(self) -> str:
        """What is printed first."""
        if not self.passed:
            return "FAILED"
        return "CONVERGED, WITH A WARNING" if self.warned else "PASSED"

    @property
    def colour(self) -> str:
        """Class of the page's style sheet: green, amber or red."""
        return ("doubtful" if self.warned else "good") if self.passed else "failed"


def judge_run(summary: Mapping[str, Any]) -> Judgement:
    """Read the verdict from a summary.

    Parameters
    ----------
    summary : mapping
        ``converged`` and ``reason`` of the solver; ``passed`` and ``verdict`` of the posterior where one was
        sampled, and ``remedy`` where something is to be done. A run that says neither has failed: nothing shows that
        it may be believed.
    """
    parts = [part for part in (_of_mode(summary), _of_posterior(summary)) if part is not None]
    if not parts:
        return Judgement(
            passed=False,
            warned=False,
            reasons=("The run says neither whether its solver nor its sampler converged.",),
        )
    if _of_posterior(summary) is None:
        parts.append((True, "No posterior was sampled: fluxes come without a posterior interval."))
    passed = all(ok for ok, _ in parts)
    checks = _of_checks(summary)
    parts = [*parts, *(() if checks is None else (checks,))]
    parts.sort(key=lambda part: part[0])
    reasons = (*(text for _, text in parts), *_remedy(summary))
    return Judgement(passed=passed, warned=checks is not None and not checks[0], reasons=reasons)


def _remedy(summary: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"What to do: {summary['remedy']}.",) if "remedy" in summary else ()


def _of_checks(summary: Mapping[str, Any]) -> tuple[bool, str] | None:
    """Return what the checks of the fit say; they warn and do not fail a run."""
    checks = summary.get("checks")
    if not isinstance(checks, Mapping):
        return None
    said = str(checks.get("sentence", "the checks of the fit say nothing"))
    return (True, f"{said[:1].upper()}{said[1:]}.") if checks.get("passed") else (False, f"Warning: {said}.")


def _of_mode(summary: Mapping[str, Any]) -> tuple[bool, str] | None:
    if "converged" not in summary:
        return None
    gap = summary.get("relative_gap")
    proof = f"a relative duality gap of {gap:.2g}" if isinstance(gap, float) else "a duality gap that is not given"
    if summary["converged"]:
        return True, f"The most probable image is proven optimal to {proof}."
    return False, f"The solver stopped before its criterion, at {proof}: {summary.get('reason', 'no reason given')}."


def _of_posterior(summary: Mapping[str, Any]) -> tuple[bool, str] | None:
    if "passed" not in summary:
        return None
    if not summary["passed"]:
        detail = str(summary.get("verdict", "no reason given")).removeprefix("FAILED:").strip()
        return False, f"The posterior did not pass the convergence gate: {detail}."
    numbers = []
    if isinstance(summary.get("rhat_max"), float):
        numbers.append(f"R-hat up to {summary['rhat_max']:.3f}")
    if isinstance(summary.get("ess_min"), (int, float)):
        numbers.append(f"effective sample size from {summary['ess_min']:.0f}")
    if isinstance(summary.get("divergences"), int):
        numbers.append(f"{summary['divergences']} divergences")
    return True, "The posterior passed the convergence gate" + (f" ({', '.join(numbers)})." if numbers else ".")
