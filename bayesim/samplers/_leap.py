"""From one background to the next with the points in front of it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesim.solvers.candidates import REACH

if TYPE_CHECKING:
    from bayesim.samplers._source_chain import Arrays, SourceChain

__all__ = ["leap"]


def leap(
    rng: np.random.Generator, chain: "SourceChain", state: "Arrays", *, index: int, energy: float
) -> tuple[int, NDArray[np.float64], float] | None:
    """Go to the next background, or the one before, and take the points along (Metropolis).

    Backgrounds that differ in size want the points elsewhere: drawn by turns they would hold each other. The points
    move by what is fixed for two backgrounds, so that the Jacobian is 1.

    Parameters
    ----------
    rng : Generator
        Random numbers.
    chain : SourceChain
        The target, whose backgrounds are in a row.
    state : dict of ndarray
        Changed in place where the leap is taken.
    index : int
        The present background.
    energy : float
        Chi-squared of the state.

    Returns
    -------
    tuple or None
        Background, excess of node fluxes and chi-squared after the leap; None where it was not taken.
    """
    other = index + (1 if rng.random() < 0.5 else -1)
    log_uniform = -rng.standard_exponential()
    if not 0 <= other < chain.views.size:
        return None
    move, log_ratio = chain.views.step(index, other)
    there = state["flux"] > 0
    flux = state["flux"] + np.where(there, move[:, 0], 0.0)
    z = state["z"] + np.where(there[:, None], move[:, 1:], 0.0)
    if np.any(flux[there] <= 0) or np.any(np.square(z[there]).sum(axis=1) >= REACH**2):
        return None
    excess = chain.excess({"flux": flux, "z": z})
    after = chain.views.seen(other).at(excess)
    # the noise scale is integrated out
    log_ratio -= chain.candidates.count * np.log(after / energy)
    if not log_uniform < log_ratio - float(state["rate"]) * float((flux - state["flux"]).sum()):
        return None
    state["flux"][:], state["z"][:] = flux, z
    state["view"] = np.asarray(float(other))
    return other, excess, after
