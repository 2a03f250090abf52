"""The checks of a fit that run by themselves, and what they leave in the tree."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.samplers.left_out import LeftOut, left_out, some_visibilities
from bayesim.samplers.predictions import Predictions
from bayesim.samplers.predictive import LARGEST_GROUP, pointwise
from bayesim.samplers.predictive_check import LEVEL, PredictiveCheck, Residues

__all__ = ["FitChecks", "check_fit", "with_predictions"]

_DRAWS = 100
"""Draws of every chain that are looked at: enough tail for Pareto shapes with four chains."""

_PREDICTED = 20_000_000
"""Visibilities times draws that are predicted: some seconds for tens of sources."""

_FEWEST = 5
"""Draws of every chain below which neither a spread nor a stored group is of use."""

_LOOKED_AT = 600
"""Visibilities that are left out, one at a time: a millisecond each."""


@dataclass(frozen=True, eq=False)
class FitChecks:
    """What the data say about the draws.

    Parameters
    ----------
    tree : DataTree
        The draws, with the groups ``predictive_check`` and ``left_out`` (tables on ``bin``) and, where they are not
        too large, ``posterior_predictive``, ``log_likelihood`` and ``observed_data``.
    predictive : PredictiveCheck
        Chi-squared in bins.
    left_out : LeftOut
        Cross-validation.
    shown : Predictions
        For pictures: of the draws that are stored, in memory; made anew at each reading where none is.
    label : str
        How many draws were looked at, how many are stored, and what was left out.
    """

    tree: xr.DataTree
    predictive: PredictiveCheck
    left_out: LeftOut
    shown: Predictions
    label: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """One line for each check."""
        loo = self.left_out
        return (
            self.predictive.sentence,
            f"leave-one-out: {loo.untrusted} of {loo.looked_at} visibilities with Pareto k > 0.7",
        )


def check_fit(
    tree: xr.DataTree,
    vis: Visibilities,
    predict: Callable[[Visibilities, int], Predictions],
    *,
    seed: int,
    largest: int = LARGEST_GROUP,
) -> FitChecks:
    """Run the predictive check and leave-one-out cross-validation, and store what fits.

    Parameters
    ----------
    tree : DataTree
        Draws; its groups are kept.
    vis : Visibilities
        The data.
    predict : callable
        From visibilities and a number of draws of every chain to :class:`~bayesim.samplers.Predictions`, such as
        ``lambda vis, draws: predicted_sources(tree, vis, draws=draws)``. It is also called for a part of the data.
    seed : int
        Of the replicated noise, and of the visibilities that are left out.
    largest : int
        Numbers that a group of single visibilities may hold, 8 bytes each: as many draws are stored as fit, and only
        the tables where five of every chain do not.

    Returns
    -------
    FitChecks
        Every draw that is looked at is predicted once. Memory while it runs: some 160 bytes per visibility
        (measured), and 48 per draw where they are stored. At most 2e7 visibilities times draws are predicted (but
        five draws of every chain), so that large data see fewer draws.

    Raises
    ------
    ModelError
        The draws are of another model, or of fewer than two.
    """
    kept, check, shown, said = _predicted(tree, vis, predict, seed=seed, largest=largest)
    part = some_visibilities(vis, at_most=_LOOKED_AT, seed=seed)
    loo = left_out(predict(part, _DRAWS), of=len(vis))
    kept["left_out"] = xr.DataTree(loo.table.assign_attrs(elpd=loo.elpd, se=loo.se, label=loo.label))
    kept.attrs["checks"] = f"{said}; {loo.label}"
    return FitChecks(kept, check, loo, shown, kept.attrs["checks"])


def with_predictions(
    tree: xr.DataTree,
    vis: Visibilities,
    predict: Callable[[Visibilities, int], Predictions],
    *,
    seed: int,
    largest: int = LARGEST_GROUP,
) -> xr.DataTree:
    """Return the tree with what its draws predict: :func:`check_fit` without the cross-validation.

    Parameters
    ----------
    tree, vis, predict, seed, largest
        As of :func:`check_fit`.

    Returns
    -------
    DataTree
        With ``predictive_check`` and, where they are not too large, ``posterior_predictive``, ``log_likelihood`` and
        ``observed_data``; the attribute ``checks`` says how many draws each of them saw.
    """
    return _predicted(tree, vis, predict, seed=seed, largest=largest)[0]


def _predicted(
    tree: xr.DataTree,
    vis: Visibilities,
    predict: Callable[[Visibilities, int], Predictions],
    *,
    seed: int,
    largest: int,
) -> tuple[xr.DataTree, PredictiveCheck, Predictions, str]:
    if largest < 0:
        raise ModelError(f"largest {largest} must not be negative")
    chains = tree["posterior"].sizes["chain"]
    stored = largest // (2 * chains * len(vis))
    stored = stored if stored >= _FEWEST else 0
    seen = predict(vis, max(stored, min(_DRAWS, max(_FEWEST, _PREDICTED // (chains * len(vis))))))
    check, shown = _read(seen, stored=stored)
    kept = tree.assign(predictive_check=xr.DataTree(check.table.assign_attrs(sentence=check.sentence)))
    said = f"predictive check of {len(seen)} draws; replicated visibilities and log-likelihoods "
    if stored:
        kept = pointwise(kept, shown, seed=seed)
        said += f"stored of {len(shown)} draws"
    else:
        said += f"not stored: {_FEWEST} draws of every chain are more than {largest} numbers"
    kept.attrs = {**tree.attrs, "checks": said}
    return kept, check, shown, said


def _read(seen: Predictions, *, stored: int) -> tuple[PredictiveCheck, Predictions]:
    """Look at every draw once, and keep those that are to be stored."""
    residues, kept = Residues(seen), list[NDArray[np.complex128]]()
    shown = seen.thinned(stored) if stored else seen
    wanted = set(map(int, np.flatnonzero(np.isin(seen.draw, shown.draw)))) if stored else set()
    for (_, draw), (model, scale) in zip(np.ndindex(*seen.scale.shape), seen, strict=True):
        residues.take(model, scale)
        if draw in wanted:
            kept.append(model)
    if stored:
        held = np.reshape(kept, (*shown.scale.shape, len(seen.vis)))
        shown = replace(shown, model=lambda i, j: np.asarray(held[i, j]))
    return residues.check(level=LEVEL), shown
