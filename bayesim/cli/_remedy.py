"""What to do about draws that may not be believed, in a sentence."""

from math import ceil, isnan, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesim.samplers import Limits, Verdict

__all__ = ["remedy"]

_MARGIN = 1.3
"""More draws than the diagnostics of few ask for: those scatter."""

_FAR = 20.0
"""Times as many draws beyond which chains are not short but stuck."""


def remedy(verdict: "Verdict", limits: "Limits", *, draws: int, explained: bool) -> str | None:
    """Return what to do, None where nothing has to be done.

    Parameters
    ----------
    verdict : Verdict
        Of the gate.
    limits : Limits
        It was judged by.
    draws : int
        Of every chain.
    explained : bool
        Whether the checks of the fit passed.
    """
    lacking = (
        "the model lacks something that the data hold (a source outside the field, extended emission, a bad antenna, "
        "wrong weights): predictive_check.png shows where"
    )
    if verdict.passed:
        return None if explained else lacking
    if verdict.divergences > limits.divergences:
        return "a longer warm-up takes shorter steps: double --tune"
    if isnan(verdict.rhat_max):
        return "R-hat compares chains: take at least two (--chains 4)"
    times = verdict.times_as_long(limits)
    if times > _FAR:
        stuck = "chains stay apart, which more draws may not mend: trace_lambda.png shows whether they still drift"
        return stuck if explained else f"{lacking}; mend that first: {stuck}"
    return f"more draws: --draws {_rounded(draws * _MARGIN * times)}" + ("" if explained else f"; and {lacking}")


def _rounded(number: float) -> int:
    """Round up to two digits."""
    unit = int(10.0 ** max(int(log10(number)) - 1, 0))
    return ceil(number / unit) * unit
