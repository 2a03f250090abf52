"""The numbers of a coverage study, with their binomial errors."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesim.validation.coverage import Coverage

if TYPE_CHECKING:
    from astropy.table import Table

__all__ = ["coverage_table", "field_summary", "inclusion_table"]

Floats = NDArray[np.float64]

_EDGES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Of the bins of inclusion probability."""


def coverage_table(study: Coverage) -> "Table":
    """Return one row per injected flux.

    Parameters
    ----------
    study : Coverage
        With injected sources.

    Returns
    -------
    Table
        ``flux`` (Jy), ``snr``, ``n``; fractions with their 68 % Wilson intervals (``_low``, ``_high``): ``covered``,
        of all injected, ``detected`` (inclusion above 0.5) and ``covered_detected``, of those detected (NaN if none);
        ``inclusion``, mean; ``bias`` of the posterior mean of those detected, in thermal noise, with ``bias_error``.
    """
    # importing astropy.table takes most of a second
    from astropy.table import Table

    rows = []
    for flux in np.unique(np.asarray(study.injected["flux"])):
        some = study.injected[study.injected["flux"] == flux]
        held = (np.asarray(some["low"]) <= flux) & (flux <= np.asarray(some["high"]))
        seen = np.asarray(some["inclusion"]) > 0.5
        bias = (np.asarray(some["mean"])[seen] - flux) / study.sigma
        error = bias.std(ddof=1) / np.sqrt(bias.size) if bias.size > 1 else np.nan
        rows.append(
            {"flux": flux, "snr": flux / study.sigma, "n": len(some)}
            | _fraction("covered", held)
            | _fraction("detected", seen)
            | _fraction("covered_detected", held[seen])
            | {"inclusion": float(np.mean(some["inclusion"]))}
            | {"bias": float(bias.mean()) if bias.size else np.nan, "bias_error": float(error)}
        )
    return Table(rows)


def inclusion_table(study: Coverage) -> "Table":
    """Return, by bin of inclusion probability, how often there was a source.

    Candidates near one injected source are one claim, each other candidate is one. An injected source without a
    candidate claims nothing.

    Returns
    -------
    Table
        ``low_edge``, ``high_edge``, ``n``, ``claimed`` (mean inclusion), ``real`` with its 68 % interval; bins
        without a claim are left out.
    """
    # importing astropy.table takes most of a second
    from astropy.table import Table

    near = study.injected[study.injected["candidates"] > 0] if len(study.injected) else study.injected
    inclusion = np.concatenate([_column(near, "inclusion"), _column(study.elsewhere, "inclusion")])
    real = np.arange(inclusion.size) < len(near)
    place = np.clip(np.searchsorted(_EDGES, inclusion, side="right") - 1, 0, len(_EDGES) - 2)
    rows = [
        {"low_edge": _EDGES[k], "high_edge": _EDGES[k + 1], "n": int(np.count_nonzero(place == k))}
        | {"claimed": float(inclusion[place == k].mean())}
        | _fraction("real", real[place == k])
        for k in np.unique(place)
    ]
    return Table(rows)


def field_summary(study: Coverage) -> dict[str, float]:
    """Return what fields as a whole say.

    Returns
    -------
    dict
        ``fields``; ``false_per_field`` and its Poisson error ``false_error`` (one event's at none);
        ``total_within_3_sd`` (fraction of fields) with ``_low``, ``_high``; ``total_z``, mean of
        ``(total - true) / sd``; ``converged``, fraction.
    """
    fields = study.fields
    off, sd = _column(fields, "total") - _column(fields, "true_total"), _column(fields, "total_sd")
    # draws that are all alike (no candidate) are right or infinitely wrong
    z = np.divide(off, sd, out=np.where(off == 0, 0.0, np.copysign(np.inf, off)), where=sd > 0)
    false = float(np.sum(fields["false"]))
    return {
        "fields": float(len(fields)),
        "false_per_field": false / len(fields),
        "false_error": max(false, 1.0) ** 0.5 / len(fields),
        **_fraction("total_within_3_sd", np.abs(z) <= 3),
        "total_z": float(z.mean()),
        "converged": float(np.mean(fields["converged"])),
    }


def _column(table: Any, name: str) -> Floats:
    return np.asarray(table[name], dtype=np.float64) if len(table) else np.zeros(0)


def _fraction(name: str, held: NDArray[np.bool_]) -> dict[str, float]:
    """Return a fraction and its 68 % Wilson interval; NaN of nothing."""
    if not held.size:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    # importing astropy.stats takes most of a second
    from astropy.stats import binom_conf_interval

    low, high = binom_conf_interval(int(held.sum()), held.size, interval="wilson")
    return {name: float(held.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
