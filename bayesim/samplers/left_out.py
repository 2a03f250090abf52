"""Leave-one-out prediction of visibilities, summarised by baseline length and antenna."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.samplers.comparison import TRUSTED
from bayesim.samplers.predictions import Predictions
from bayesim.samplers.visibility_bins import bin_visibilities

__all__ = ["LeftOut", "Likelihoods", "left_out"]

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


def left_out(predictions: Predictions, *, seed: int, at_most: int = 2000) -> LeftOut:
    """Cross-validate a fit by leaving out one visibility at a time, without another fit.

    Parameters
    ----------
    predictions : Predictions
        Of a hundred draws or more, all chains together: fewer leave no tail to fit.
    seed : int
        Of the choice of visibilities.
    at_most : int
        Visibilities to look at, at least 2: about a millisecond and 8 bytes per draw each.

    Raises
    ------
    ModelError
        ``at_most`` is below 2.

    References
    ----------
    Vehtari, Gelman & Gabry 2017, Stat. Comput. 27, 1413; Magnusson et al. 2019, Proc. ICML 97, 4244 (subsampling).
    """
    likelihoods = Likelihoods(predictions, seed=seed, at_most=at_most)
    for model, scale in predictions:
        likelihoods.take(model, scale)
    return likelihoods.left_out()


class Likelihoods:
    """Log-likelihood of some visibilities in every draw, for :func:`left_out`.

    Parameters
    ----------
    predictions : Predictions
        Whose draws are given to :meth:`take`.
    seed, at_most : int
        As of :func:`left_out`.
    """

    def __init__(self, predictions: Predictions, *, seed: int, at_most: int) -> None:
        if at_most < 2:
            raise ModelError(f"at_most {at_most} must be at least 2 visibilities")
        self.vis, self.shape = predictions.vis, predictions.scale.shape
        count = len(self.vis)
        chosen = np.random.default_rng(seed).permutation(count)[:at_most]
        self.rows = np.sort(chosen)
        self.held = list[Floats]()

    def take(self, model: NDArray[np.complex128], scale: float) -> None:
        """Add one draw."""
        weight = self.vis.weight[self.rows] / scale**2
        residual = self.vis.data[self.rows] - model[self.rows]
        self.held.append(np.log(weight / (2 * np.pi)) - 0.5 * weight * (residual.real**2 + residual.imag**2))

    def left_out(self) -> LeftOut:
        """Return density and Pareto shapes."""
        elpd, shape = self._each()
        binned = bin_visibilities(self.vis)
        wanted = np.flatnonzero(np.isin(binned.family, ("baseline", "antenna")))
        place = np.full(len(self.vis), -1)
        place[self.rows] = np.arange(self.rows.size)
        rows: dict[str, list[Any]] = {"looked_at": [], "elpd": [], "se": [], "pareto_k": [], "untrusted": []}
        inside = _members(binned.members, place)
        for b in wanted:
            some = inside.get(int(b), np.empty(0, dtype=np.int64))
            rows["looked_at"].append(some.size)
            rows["elpd"].append(elpd[some].mean() if some.size else np.nan)
            rows["se"].append(elpd[some].std(ddof=1) / some.size**0.5 if some.size > 1 else np.nan)
            rows["pareto_k"].append(shape[some].max() if some.size else np.nan)
            rows["untrusted"].append(int(np.count_nonzero(~(shape[some] <= TRUSTED))))
        columns = {
            "family": np.array([binned.family[b] for b in wanted], dtype=str),
            "name": np.array([binned.name[b] for b in wanted], dtype=str),
            "low": binned.low[wanted],
            "high": binned.high[wanted],
            **{key: np.array(values) for key, values in rows.items()},
        }
        table = xr.Dataset({key: ("bin", values) for key, values in columns.items()}, {"bin": wanted})
        count, seen = len(self.vis), elpd.size
        return LeftOut(
            elpd=float(elpd.mean() * count),
            se=float(count * elpd.std(ddof=1) / seen**0.5) if seen > 1 else float("nan"),
            looked_at=seen,
            count=count,
            pareto_k=float(shape.max()),
            untrusted=int(np.count_nonzero(~(shape <= TRUSTED))),
            table=table,
        )

    def _each(self) -> tuple[Floats, Floats]:
        # ArviZ takes seconds to import, and looking at draws does not need it
        import arviz

        values = np.array(self.held).reshape(*self.shape, self.rows.size)
        dims, coords = ("chain", "draw", "visibility"), {"visibility": self.rows}
        tree = {
            "posterior": xr.Dataset({"nothing": (dims[:2], np.zeros(self.shape))}),
            "log_likelihood": xr.Dataset({"visibilities": (dims, values)}, coords),
        }
        with warnings.catch_warnings():
            # counted in LeftOut.untrusted
            warnings.filterwarnings("ignore", message="Estimated shape parameter of Pareto", category=UserWarning)
            # thinned draws are taken to be independent
            found = arviz.loo(xr.DataTree.from_dict(tree), pointwise=True, reff=1.0)
        return np.asarray(found.elpd_i.values), np.asarray(found.pareto_k.values)


def _members(members: tuple[tuple[Any, Any], ...], place: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Return, by bin, where its visibilities stand among those looked at."""
    rows = np.concatenate([place[rows] for rows, _ in members] or [np.empty(0, dtype=np.int64)])
    bins = np.concatenate([bins for _, bins in members] or [np.empty(0, dtype=np.int64)])
    bins, rows = bins[rows >= 0], rows[rows >= 0]
    return {int(b): np.sort(rows[bins == b]) for b in np.unique(bins)}
