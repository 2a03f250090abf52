"""Injection into the user's own uv coverage: whether sources are found, and intervals hold the truth."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.data import Visibilities
from bayesim.errors import DataError
from bayesim.maps.beams import Beam
from bayesim.maps.intervals import hdi
from bayesim.samplers.gate import judge
from bayesim.validation._claims import Claims, read_claims
from bayesim.validation._injection import beam_of, injected, places

if TYPE_CHECKING:
    from astropy.table import Table

__all__ = ["Coverage", "coverage"]

Floats = NDArray[np.float64]

_HALF_WIDTHS = 4.0
"""Least distance of injected sources in half widths of the beam: blends are another question."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """What an analysis said about fields of known sources.

    Parameters
    ----------
    injected : Table
        One row per injected source: ``field``, ``flux`` (Jy), ``l``, ``m``, ``snr``; ``candidates`` within half a
        beam, and their sum's ``inclusion``, ``mean``, ``low``, ``high`` (Jy; NaN without a candidate).
    elsewhere : Table
        One row per candidate that is not near an injected source: ``field``, ``l``, ``m``, ``inclusion``, ``mean``.
    fields : Table
        One row per field: ``true_total``, ``total``, ``total_sd`` (Jy), ``false`` (candidates elsewhere with
        inclusion above 0.5), ``converged`` (gate on the total flux).
    beam : Beam
        Half of whose width is near.
    sigma : float
        Thermal noise of the naturally weighted image in Jy.
    prob : float
        Of the intervals.
    """

    injected: "Table"
    elsewhere: "Table"
    fields: "Table"
    _: KW_ONLY
    beam: Beam
    sigma: float
    prob: float


def coverage(
    vis: Visibilities,
    analysis: Callable[[Visibilities], xr.DataTree],
    *,
    fluxes: Any,
    n: int,
    seed: int,
    radius: float,
    prob: float = 0.95,
    residual: NDArray[np.complex128] | None = None,
    beam: Beam | None = None,
) -> Coverage:
    """Inject point sources of known flux at random places, and analyse each field as if it were real.

    Parameters
    ----------
    vis : Visibilities
        Baselines and weights; its data are not used.
    analysis : callable
        ``analysis(vis) -> DataTree`` whose posterior has ``flux`` and ``included`` (chain, draw, source), ``l`` and
        ``m`` (source), and may have ``total_flux``: what would be done with real data.
    fluxes : array_like
        Jy; one source of each in every field (``[5, 7, 10] * vis.sigma_image`` gives signal-to-noise ratios). None
        at all makes empty fields, which count false positives.
    n : int
        Fields, so injections per flux; at least 1.
    seed : int
        Of places and noise.
    radius : float
        Of the disc in radians over which places are uniform.
    prob : float
        Of the highest-density intervals.
    residual : ndarray of complex, shape (n_vis,), optional
        Of the user's own data (Jy), used as the noise of every field, with what calibration left in it. By default
        Gaussian noise as the weights say.
    beam : Beam, optional
        Half of whose width is near; by default that of the naturally weighted PSF.

    Raises
    ------
    DataError
        A flux is not positive, the residual has another shape, or the sources do not fit into the radius.
    ModelError
        The analysis returns no sources.

    Notes
    -----
    Sources of a field are at least two beams apart. Fluxes of several candidates near one source add: a source
    split in two is still one source. Intervals are unconditional, zero where a source is left out; a source without
    any candidate near it has no interval, and counts as not covered.
    """
    # importing astropy.table takes most of a second
    from astropy.table import Table

    values = np.atleast_1d(np.asarray(fluxes, dtype=np.float64))
    _check(values, n, residual, len(vis))
    near = beam_of(vis) if beam is None else beam
    # the half-width ellipse is d'Qd = 2 ln 2 of the beam's covariance
    apart = np.linalg.inv(near.covariance) / (2 * np.log(2.0) * _HALF_WIDTHS**2)
    rows: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(n)):
        rng = np.random.default_rng(child)
        l, m = places(values.size, radius=radius, apart=apart, rng=rng)
        noise = _noise(vis, rng) if residual is None else residual
        tree = analysis(injected(vis, values, l, m, noise))
        truth = np.stack([values, l, m], axis=1)
        for part, more in zip(rows, _field(k, truth, read_claims(tree), near, prob), strict=True):
            part.extend(more)
        rows[2][-1]["converged"] = "total_flux" not in tree["posterior"] or judge(tree, names=("total_flux",)).passed
    found, elsewhere, fields = (Table(part) if part else Table(names=_ELSEWHERE) for part in rows)
    if len(found):
        found["snr"] = found["flux"] / vis.sigma_image
    return Coverage(found, elsewhere, fields, beam=near, sigma=vis.sigma_image, prob=prob)


_ELSEWHERE = ("field", "l", "m", "inclusion", "mean")


def _check(fluxes: Floats, n: int, residual: NDArray[np.complex128] | None, n_vis: int) -> None:
    if n < 1:
        raise DataError(f"n {n} must be at least 1 field")
    if not (np.isfinite(fluxes).all() and np.all(fluxes > 0)):
        raise DataError(f"fluxes {fluxes.tolist()} must be positive and finite, Jy")
    if residual is not None and residual.shape != (n_vis,):
        raise DataError(f"the residual has shape {residual.shape}, expected ({n_vis},): one per visibility")


def _noise(vis: Visibilities, rng: np.random.Generator) -> NDArray[np.complex128]:
    real, imag = rng.standard_normal((2, len(vis))) * vis.weight**-0.5
    return np.asarray(real + 1j * imag)


def _field(
    field: int, truth: Floats, claims: Claims, beam: Beam, prob: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of one field for the three tables."""
    taken = np.zeros(claims.l.size, dtype=bool)
    found, empty = [], dict.fromkeys(("mean", "low", "high"), float("nan"))
    for flux, l, m in truth:
        which = claims.near(l, m, beam)
        taken |= which
        row = {
            "field": field,
            "flux": flux,
            "l": l,
            "m": m,
            "candidates": int(which.sum()),
            "inclusion": 0.0,
            **empty,
        }
        if which.any():
            draws, row["inclusion"] = claims.together(which)
            low, high = hdi(draws, prob=prob)
            row |= {"mean": float(draws.mean()), "low": float(low), "high": float(high)}
        found.append(row)
    inclusion, mean = claims.included.mean(axis=0), claims.flux.mean(axis=0)
    numbers = (claims.l, claims.m, inclusion, mean)
    elsewhere = [
        dict(zip(_ELSEWHERE, (field, *(float(x[j]) for x in numbers)), strict=True)) for j in np.flatnonzero(~taken)
    ]
    totals = {"true_total": float(truth[:, 0].sum()), "total": float(claims.total.mean())}
    false = int(np.count_nonzero(inclusion[~taken] > 0.5))
    return found, elsewhere, [{"field": field, **totals, "total_sd": float(claims.total.std(ddof=1)), "false": false}]
