"""Leave-one-out prediction of visibilities, summarised by baseline length and antenna."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.samplers.comparison import TRUSTED
from bayesim.samplers.predictions import Predictions
from bayesim.samplers.visibility_bins import bin_visibilities

__all__ = ["LeftOut", "left_out", "some_visibilities"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """How well each visibility is predicted from all others.

    Parameters
    ----------
    elpd : float
        Expected log predictive density of all visibilities (real and imaginary part together, Jy^-2), by PSIS-LOO;
        scaled up from those that were looked at.
    se : float
        Its standard error, from the spread over the visibilities that were looked at.
    looked_at, count : int
        Visibilities whose density was computed, chosen at random, and all visibilities.
    pareto_k : float
        Largest Pareto shape. Above 0.7 a visibility alone decides the fit, and its density is not to be trusted.
    untrusted : int
        Visibilities looked at with such a shape.
    table : Dataset
        On ``bin``, of the families ``baseline`` and ``antenna``: ``family``, ``name``, ``low``, ``high``,
        ``looked_at``, ``elpd`` (mean per visibility), ``se`` (of that mean), ``pareto_k`` (largest), ``untrusted``.
    """

    elpd: float
    se: float
    looked_at: int
    count: int
    pareto_k: float
    untrusted: int
    table: xr.Dataset

    @property
    def label(self) -> str:
        """What the number rests on."""
        return f"PSIS-LOO of {self.looked_at} of {self.count} visibilities" + (
            ", chosen at random and scaled up" if self.looked_at < self.count else ""
        )


def some_visibilities(vis: Visibilities, *, at_most: int, seed: int) -> Visibilities:
    """Return visibilities chosen at random, in their order; all of them where there are no more.

    Parameters
    ----------
    vis : Visibilities
        To choose from.
    at_most : int
        Number to choose, at least 2.
    seed : int
        Of the choice.

    Raises
    ------
    ModelError
        ``at_most`` is below 2.
    """
    if at_most < 2:
        raise ModelError(f"at_most {at_most} must be at least 2 visibilities")
    keep = np.zeros(len(vis), dtype=bool)
    keep[np.random.default_rng(seed).permutation(len(vis))[:at_most]] = True
    return vis.select(keep, reason="not looked at")


def left_out(predictions: Predictions, *, of: int | None = None) -> LeftOut:
    """Cross-validate a fit by leaving out one visibility at a time, without another fit.

    Parameters
    ----------
    predictions : Predictions
        Of a hundred draws or more, all chains together: fewer leave no tail to fit. A millisecond and 8 bytes per
        draw for each visibility; of many, look at :func:`some_visibilities`.
    of : int, optional
        Number of visibilities that those of the predictions were chosen from; their own number by default.

    Raises
    ------
    ModelError
        ``of`` is smaller than the number of visibilities.

    References
    ----------
    Vehtari, Gelman & Gabry 2017, Stat. Comput. 27, 1413; Magnusson et al. 2019, Proc. ICML 97, 4244 (subsampling).
    """
    vis = predictions.vis
    seen, count = len(vis), len(vis) if of is None else of
    if count < seen:
        raise ModelError(f"{seen} visibilities cannot be chosen of {count}")
    elpd, shape = _each(predictions)
    return LeftOut(
        elpd=float(elpd.mean() * count),
        se=float(count * elpd.std(ddof=1) / seen**0.5) if seen > 1 else float("nan"),
        looked_at=seen,
        count=count,
        pareto_k=float(shape.max()),
        untrusted=int(np.count_nonzero(~(shape <= TRUSTED))),
        table=_binned(vis, elpd, shape),
    )


def _binned(vis: Visibilities, elpd: Floats, shape: Floats) -> xr.Dataset:
    bins = bin_visibilities(vis)
    rows = [r for r, _ in bins.members]
    joined = np.concatenate([b for _, b in bins.members] or [np.empty(0, dtype=np.int64)])
    found: dict[str, list[Any]] = {"elpd": [], "se": [], "pareto_k": [], "untrusted": []}
    wanted = np.flatnonzero(np.isin(bins.family, ("baseline", "antenna")))
    every = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    for b in wanted:
        some = every[joined == b]
        found["elpd"].append(elpd[some].mean())
        found["se"].append(elpd[some].std(ddof=1) / some.size**0.5 if some.size > 1 else np.nan)
        found["pareto_k"].append(shape[some].max())
        found["untrusted"].append(int(np.count_nonzero(~(shape[some] <= TRUSTED))))
    columns = {
        "family": np.array([bins.family[b] for b in wanted], dtype=str),
        "name": np.array([bins.name[b] for b in wanted], dtype=str),
        "low": bins.low[wanted],
        "high": bins.high[wanted],
        "looked_at": bins.count[wanted],
        **{key: np.array(values) for key, values in found.items()},
    }
    return xr.Dataset({key: ("bin", values) for key, values in columns.items()}, {"bin": wanted})


def _each(predictions: Predictions) -> tuple[Floats, Floats]:
    """Return log-density and Pareto shape of every visibility left out."""
    # ArviZ takes seconds to import, and looking at draws does not need it
    from arviz_stats.base.array import array_stats

    values = np.array([predictions.log_likelihood(*each).sum(axis=0) for each in predictions])
    # thinned draws are taken to be independent (r_eff = 1)
    elpd, shape, _ = array_stats.loo(values.T[:, None, :])  # type: ignore[no-untyped-call]
    return np.asarray(elpd), np.asarray(shape)
