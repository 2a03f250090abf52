"""The checks of a fit that run by themselves, and what they leave in the tree."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from bayesim.data import Visibilities
from bayesim.errors import ModelError
from bayesim.samplers.left_out import LeftOut, left_out, some_visibilities
from bayesim.samplers.predictions import Predictions
from bayesim.samplers.predictive import LARGEST_GROUP, pointwise_draws
from bayesim.samplers.predictive_check import PredictiveCheck, predictive_check

__all__ = ["FitChecks", "check_fit"]

_DRAWS = 100
"""Draws of every chain that are looked at: enough tail for Pareto shapes with four chains."""

_PREDICTED = 20_000_000
"""Visibilities times draws that are predicted: some seconds for tens of sources."""

_FEWEST = 5
"""Draws of every chain below which neither a spread nor a stored group is of use."""

_STORED = 25
"""Draws of every chain that are stored, visibility by visibility."""

_LOOKED_AT = 1000
"""Visibilities that are left out, one at a time: a second."""


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
    label : str
        How many draws were looked at, how many are stored, and what was left out.
    """

    tree: xr.DataTree
    predictive: PredictiveCheck
    left_out: LeftOut
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
        Numbers that a group of single visibilities may hold; beyond it fewer draws are stored, or only the tables.

    Returns
    -------
    FitChecks
        Memory while it runs: two numbers per visibility, and what is stored. At most 2e7 visibilities times draws
        are predicted (but five draws of every chain), so that large data are checked with fewer draws.

    Raises
    ------
    ModelError
        The draws are of another model, or of fewer than two.
    """
    if largest < 0:
        raise ModelError(f"largest {largest} must not be negative")
    chains = tree["posterior"].sizes["chain"]
    wanted = min(_DRAWS, max(_FEWEST, _PREDICTED // (chains * len(vis))))
    predictions = predict(vis, wanted)
    part = some_visibilities(vis, at_most=_LOOKED_AT, seed=seed)
    check, loo = predictive_check(predictions), left_out(predict(part, _DRAWS), of=len(vis))
    tables = {
        "predictive_check": check.table,
        "left_out": loo.table.assign_attrs(elpd=loo.elpd, se=loo.se, label=loo.label),
    }
    kept = tree.assign({name: xr.DataTree(table) for name, table in tables.items()})
    stored = min(_STORED, largest // (2 * chains * len(vis)))
    said = f"predictive check of {len(predictions)} draws; {loo.label}; "
    if stored >= _FEWEST:
        shown = predictions.thinned(stored)
        kept = pointwise_draws(kept, shown, seed=seed)
        said += f"replicated visibilities and log-likelihoods stored for {len(shown)} draws"
    else:
        said += (
            f"replicated visibilities and log-likelihoods not stored: {_FEWEST} draws of every chain are more than "
            f"{largest} numbers"
        )
    kept.attrs = {**tree.attrs, "checks": said}
    return FitChecks(kept, check, loo, said)
