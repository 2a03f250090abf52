"""The convergence gate: draws are believed only when every variable passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isnan
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from bayesim.errors import ConvergenceError, ModelError
from bayesim.samplers.diagnostics import Diagnostics, diagnose

__all__ = ["Limits", "Verdict", "judge"]


@dataclass(frozen=True)
class Limits:
    """What a run must reach (Vehtari et al. 2021, Bayesian Analysis 16, 667; Betancourt 2016, arXiv:1604.00695).

    Parameters
    ----------
    rhat : float
        Largest rank-normalised split R-hat of any element.
    ess : float
        Smallest effective sample size, bulk and tail, of any element.
    divergences : int
        Largest number of divergent transitions.
    ebfmi : float
        Smallest energy Bayesian fraction of missing information of any chain.
    """

    rhat: float = 1.01
    ess: float = 400.0
    divergences: int = 0
    ebfmi: float = 0.3


@dataclass(frozen=True)
class Verdict:
    """Whether a run may be believed, and why not.

    Parameters
    ----------
    passed : bool
        Every limit is met.
    sentences : tuple of str
        One per limit that is not met, with the element that misses it most; one word of success otherwise.
    rhat_max, ess_bulk_min, ess_tail_min : float
        Worst element of all variables; R-hat is NaN for a single chain.
    divergences : int
        Divergent transitions after tuning.
    ebfmi_min : float
        Worst chain, NaN where the sampler has no energy.
    failed : mapping of str to int
        Elements that miss R-hat or either effective sample size, by variable.
    """

    passed: bool
    sentences: tuple[str, ...]
    rhat_max: float
    ess_bulk_min: float
    ess_tail_min: float
    divergences: int
    ebfmi_min: float
    failed: Mapping[str, int]

    @property
    def headline(self) -> str:
        """``"converged"`` or ``"FAILED: ..."``."""
        return "converged" if self.passed else "FAILED: " + "; ".join(self.sentences)

    def times_as_long(self, limits: Limits | None = None) -> float:
        """Return how many times as long the chains must be to pass: 1 where they pass, inf where length cannot help.

        The effective sample size grows with the draws, and R-hat exceeds 1 by a number that falls as one over them:
        of chains that stay apart the answer is large. Both diagnostics scatter, and the answer with them.

        Parameters
        ----------
        limits : Limits, optional
            The bars of the package by default.
        """
        bars = Limits() if limits is None else limits
        if self.passed:
            return 1.0
        if isnan(self.rhat_max) or self.divergences > bars.divergences or self.ebfmi_min < bars.ebfmi:
            return inf
        ess = min(self.ess_bulk_min, self.ess_tail_min)
        needed = max(bars.ess / ess, (self.rhat_max - 1.0) / (bars.rhat - 1.0))
        # constant draws have no diagnostics
        return inf if isnan(needed) else max(needed, 1.0)

    def require(self) -> None:
        """Raise unless the run passed.

        Raises
        ------
        ConvergenceError
            With every sentence.
        """
        if not self.passed:
            raise ConvergenceError(
                f"{self.headline}. Run longer chains, or change the model where it is hard to sample"
            )


def judge(tree: xr.DataTree, *, limits: Limits | None = None, names: tuple[str, ...] | None = None) -> Verdict:
    """Judge the draws of every variable of a posterior.

    Parameters
    ----------
    tree : DataTree
        With ``posterior`` (chain, draw, ...) and, where there are, ``diverging`` and ``energy`` in ``sample_stats``.
    limits : Limits, optional
        The bars of the package by default.
    names : tuple of str, optional
        Variables; all by default.

    Raises
    ------
    ModelError
        There is no posterior, or a variable is not in it.
    """
    bars = Limits() if limits is None else limits
    found = {name: diagnose(draws) for name, draws in _variables(tree, names).items()}
    divergences, ebfmi = _energies(tree)
    rhat = _worst(tree, {name: d.rhat for name, d in found.items()}, sign=1)
    bulk = _worst(tree, {name: d.ess_bulk for name, d in found.items()}, sign=-1)
    tail = _worst(tree, {name: d.ess_tail for name, d in found.items()}, sign=-1)
    failed = {name: int(np.count_nonzero(_missed(d, bars))) for name, d in found.items()}
    sentences = _sentences(bars, rhat, bulk, tail, divergences=divergences, ebfmi=ebfmi)
    if not sentences and any(failed.values()):
        sentences = (f"{sum(failed.values())} elements have no finite diagnostic (constant or NaN draws)",)
    numbers = rhat.value, bulk.value, tail.value, divergences, ebfmi
    return Verdict(not sentences, sentences or ("converged",), *numbers, failed)


class _Worst(NamedTuple):
    value: float
    place: str


def _worst(tree: xr.DataTree, values: Mapping[str, np.ndarray], *, sign: int) -> _Worst:
    """Return the largest of all elements (the smallest for a negative sign) and where it is; NaN is the worst."""
    place = {name: int(np.argmax(sign * each)) for name, each in values.items()}
    extreme = [float(np.ravel(values[name])[where]) for name, where in place.items()]
    name = list(place)[int(np.argmax(sign * np.array(extreme)))]
    draws = tree["posterior"].to_dataset()[name].isel(chain=0, draw=0)
    dims = [dim for dim in tree["posterior"][name].dims if dim not in ("chain", "draw")]
    where = np.unravel_index(place[name], values[name].shape) if dims else ()
    labels = ", ".join(_label(draws, dim, int(i)) for dim, i in zip(dims, where, strict=True))
    return _Worst(float(np.ravel(values[name])[place[name]]), f"{name}[{labels}]" if dims else name)


def _label(draws: xr.DataArray, dim: Any, place: int) -> str:
    """Return the name of an element along a dimension: its coordinate where that is a number or a word of few."""
    if dim in draws.coords and draws.coords[dim].dtype.kind in "iuU":
        return str(draws.coords[dim].values[place])
    return str(place)


def _variables(tree: xr.DataTree, names: tuple[str, ...] | None) -> dict[str, np.ndarray]:
    if "posterior" not in tree.children:
        raise ModelError(f"no posterior to judge: the tree has {sorted(tree.children)}")
    posterior = tree["posterior"].to_dataset()
    wanted = tuple(str(name) for name in posterior.data_vars) if names is None else names
    missing = [name for name in wanted if name not in posterior]
    if missing or not wanted:
        raise ModelError(f"the posterior has no variable {missing}: it has {list(posterior.data_vars)}")
    return {name: np.asarray(posterior[name].transpose("chain", "draw", ...).values) for name in wanted}


def _energies(tree: xr.DataTree) -> tuple[int, float]:
    """Return divergences and the smallest E-BFMI: mean squared change of energy over its variance."""
    if "sample_stats" not in tree.children:
        return 0, float("nan")
    stats = tree["sample_stats"].to_dataset()
    divergences = int(stats["diverging"].sum()) if "diverging" in stats else 0
    if "energy" not in stats:
        return divergences, float("nan")
    energy = stats["energy"].transpose("chain", "draw").values
    spread = energy.var(axis=1, ddof=1)
    change = np.square(np.diff(energy, axis=1)).mean(axis=1)
    return divergences, float(np.min(np.divide(change, spread, out=np.zeros_like(change), where=spread > 0)))


def _missed(found: Diagnostics, bars: Limits) -> np.ndarray:
    # "not within" and not "beyond", so that NaN is a failure
    good = (found.rhat <= bars.rhat) & (found.ess_bulk >= bars.ess) & (found.ess_tail >= bars.ess)
    return ~np.asarray(good)


def _sentences(
    bars: Limits, rhat: _Worst, bulk: _Worst, tail: _Worst, *, divergences: int, ebfmi: float
) -> tuple[str, ...]:
    checks = (
        (rhat.value <= bars.rhat, f"R-hat of {rhat.place} is {rhat.value:.3f} (limit {bars.rhat:g})"),
        (
            bulk.value >= bars.ess,
            f"bulk effective sample size of {bulk.place} is {bulk.value:.0f} (limit {bars.ess:g})",
        ),
        (
            tail.value >= bars.ess,
            f"tail effective sample size of {tail.place} is {tail.value:.0f} (limit {bars.ess:g})",
        ),
        (divergences <= bars.divergences, f"{divergences} divergent transitions (limit {bars.divergences})"),
        (not ebfmi <= bars.ebfmi, f"E-BFMI falls to {ebfmi:.2f} (limit {bars.ebfmi:g})"),
    )
    return tuple(sentence for passed, sentence in checks if not passed)
