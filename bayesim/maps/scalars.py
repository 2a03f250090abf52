"""The numbers of a posterior, as a paper's table has them."""

from typing import TYPE_CHECKING

import numpy as np

from bayesim.errors import ModelError
from bayesim.maps.intervals import hdi

if TYPE_CHECKING:
    from xarray import DataTree

__all__ = ["scalars"]


def scalars(tree: "DataTree", *, prob: float = 0.95) -> dict[str, dict[str, float]]:
    """Return mean, standard deviation, interval and diagnostics of every scalar variable.

    Parameters
    ----------
    tree : DataTree
        With a ``posterior`` (chain, draw, ...); variables with more dimensions are maps, and left to them.
    prob : float
        Probability of the highest-density interval, in (0, 1).

    Returns
    -------
    dict of str to dict
        ``mean``, ``sd``, ``hdi_low``, ``hdi_high`` in the variable's unit; ``ess``, the smaller of bulk and tail
        effective sample size; ``rhat``, NaN for a single chain.

    Raises
    ------
    ModelError
        There is no posterior.
    """
    # the room of samplers imports scipy.stats, which takes seconds, and a MAP needs no diagnosis
    from bayesim.samplers import diagnose

    if "posterior" not in tree.children:
        raise ModelError("the tree has no posterior: sample first")
    table = {}
    for name, draws in tree["posterior"].data_vars.items():
        if set(draws.dims) == {"chain", "draw"}:
            values = draws.transpose("chain", "draw").values
            (low, high), found = hdi(values.ravel(), prob=prob), diagnose(values)
            table[str(name)] = {
                "mean": float(values.mean()),
                "sd": float(values.std(ddof=1)),
                "hdi_low": float(low),
                "hdi_high": float(high),
                "ess": float(np.minimum(found.ess_bulk, found.ess_tail)),
                "rhat": float(found.rhat),
            }
    return table
