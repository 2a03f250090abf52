"""All sources of every draw, whether near a candidate or elsewhere in the field."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError

__all__ = ["every_source"]

Floats = NDArray[np.float64]


def every_source(tree: xr.DataTree) -> tuple[Floats, Floats, Floats]:
    """Return flux (Jy), l and m of all sources of a posterior.

    Parameters
    ----------
    tree : DataTree
        From :func:`bayesim.samplers.gibbs.sample`, or with ``flux``, ``l`` and ``m`` on ``source`` alone.

    Returns
    -------
    tuple of ndarray, shape (chains, draws, sources)
        Flux is 0 where a draw has no such source.

    Raises
    ------
    ModelError
        The tree holds no sources.
    """
    posterior = tree["posterior"].to_dataset()
    missing = sorted({"flux", "l", "m"} - set(map(str, posterior.data_vars)))
    if missing:
        raise ModelError(f"the posterior has no {', '.join(missing)}: it does not hold sources")
    return _columns(posterior, "flux"), _columns(posterior, "l"), _columns(posterior, "m")


def _columns(posterior: xr.Dataset, name: str) -> Floats:
    parts = [posterior[name].transpose("chain", "draw", "source")]
    if f"elsewhere_{name}" in posterior:
        parts.append(posterior[f"elsewhere_{name}"].transpose("chain", "draw", "slot"))
    return np.concatenate([np.asarray(part.values, dtype=np.float64) for part in parts], axis=2)
