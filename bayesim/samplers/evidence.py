"""Evidence of a model by sequential Monte Carlo: the probability of the data, all parameters integrated out."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ConvergenceError
from bayesim.samplers._first_point import check_counts, reproducible
from bayesim.samplers._result import provenance, stamped

__all__ = ["Evidence", "evidence"]

RULE = "draws of the prior"

_WRONG = 1.0
"""Standard error of the logarithm of an evidence from which on it says nothing."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """``Z = p(data | model)``.

    Parameters
    ----------
    log_evidence : float
        Natural logarithm, of the mean of the runs' estimates of ``Z``, each of which is unbiased. Differences between
        models of the same data are logarithms of Bayes factors.
    error : float
        Standard error of the logarithm, from the spread of the runs.
    runs : tuple of float
        Logarithm from each run.
    draws : DataTree
        ``posterior`` (one chain a run) and provenance.
    """

    log_evidence: float
    error: float
    runs: tuple[float, ...]
    draws: xr.DataTree

    @property
    def sentence(self) -> str:
        """The result in words."""
        return f"ln Z = {self.log_evidence:.2f} +- {self.error:.2f} ({len(self.runs)} runs of sequential Monte Carlo)"


def evidence(model: Any, *, seed: int, particles: int = 1000, runs: int = 4) -> Evidence:
    """Compute the evidence of a model of a few parameters.

    Particles go from the prior to the posterior through powers of the likelihood; the evidence is the product of
    their mean weights on the way. It is proportional to the prior's density: a prior twice as wide halves it.

    Parameters
    ----------
    model : pm.Model
        Continuous, with proper priors and some ten free parameters at most: moves are independent Metropolis steps
        from a Gaussian fitted to the particles.
    seed : int
        Same seed, same numbers.
    particles : int
        Of each run, at least 1; the error falls with the root.
    runs : int
        Independent runs, at least 2, whose spread is the error.

    Raises
    ------
    ModelError
        A count is too small.
    ConvergenceError
        The standard error of the logarithm is above 1: more particles, or a model of fewer parameters.

    References
    ----------
    Del Moral, Doucet & Jasra 2006, JRSS B 68, 411; Minson, Simons & Beck 2013, GJI 194, 1701 (the moves).
    """
    # PyMC takes seconds to import, and looking at draws does not need it
    import pymc as pm

    check_counts(particles=particles, **{"runs less one": runs - 1})
    with model, reproducible(), _quiet():
        tree = pm.sample_smc(
            draws=particles,
            chains=runs,
            cores=1,
            random_seed=seed,
            progressbar=False,
            compute_convergence_checks=False,  # the spread of the runs judges
        )
    logs = _last(tree["sample_stats"]["log_marginal_likelihood"].values)
    top = float(logs.max())
    weights = np.exp(logs - top)
    value = top + math.log(float(weights.mean()))
    error = float(weights.std(ddof=1) / weights.mean() / math.sqrt(runs))
    if not error <= _WRONG:
        raise ConvergenceError(f"ln Z = {value:.1f} has a standard error of {error:.1f}: take more particles")
    attributes = provenance(
        sampler="SMC (PyMC)",
        seed=seed,
        rule=RULE,
        extra={"particles": particles, "runs": runs, "log_evidence": value},
    )
    draws = xr.DataTree.from_dict({"posterior": tree["posterior"].to_dataset()})
    return Evidence(value, error, tuple(map(float, logs)), stamped(draws, grid=None, attributes=attributes))


def _last(stages: NDArray[Any]) -> NDArray[np.float64]:
    """Return the last number of every run; runs of fewer stages end in NaN, or are lists of their own."""
    rows = [
        np.concatenate([np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in np.ravel(r)]) for r in stages
    ]
    return np.array([row[np.isfinite(row)][-1] for row in rows])


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what PyMC says of every stage."""
    logger = logging.getLogger("pymc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
