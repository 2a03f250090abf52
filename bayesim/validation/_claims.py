"""What a posterior of sources claims near a place, and far from all of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import ModelError
from bayesim.maps.beams import Beam

__all__ = ["Claims", "read_claims"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Claims:
    """Draws of a catalogue of candidates.

    Parameters
    ----------
    flux : ndarray, shape (draw, source)
        Jy, zero where the candidate is left out.
    included : ndarray of bool, shape (draw, source)
        Whether the candidate is part of the sky.
    l, m : ndarray, shape (source,)
        Direction cosines.
    total : ndarray, shape (draw,)
        Total flux in Jy.
    """

    flux: Floats
    included: Bools
    l: Floats
    m: Floats
    total: Floats

    def near(self, l: float, m: float, beam: Beam) -> Bools:
        """Return which candidates lie where the beam about (l, m) is above half its peak."""
        return np.asarray(beam.profile(self.l - l, self.m - m) >= 0.5)

    def together(self, which: Bools) -> tuple[Floats, float]:
        """Return the draws of the summed flux of some candidates, and the probability of any."""
        return self.flux[:, which].sum(axis=1), float(self.included[:, which].any(axis=1).mean())


def read_claims(tree: Any) -> Claims:
    """Read the posterior of an analysis.

    Raises
    ------
    ModelError
        ``flux``, ``included``, ``l`` or ``m`` is missing or has no dim ``source``.
    """
    posterior = tree["posterior"].to_dataset()
    for name in ("flux", "included", "l", "m"):
        if name not in posterior or "source" not in posterior[name].dims:
            raise ModelError(
                f"the posterior has no {name!r} along 'source' (it has {sorted(map(str, posterior.variables))}): "
                "an analysis of sources returns flux and included (chain, draw, source), l and m"
            )
    count = posterior.sizes["source"]
    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    flux, included = (
        posterior[name].transpose("chain", "draw", "source").values.reshape(draws, count)
        for name in ("flux", "included")
    )
    member = np.asarray(included > 0.5)
    flux = np.asarray(np.where(member, flux, 0.0), dtype=np.float64)
    total = flux.sum(axis=1)
    if "total_flux" in posterior:
        total = np.asarray(posterior["total_flux"].transpose("chain", "draw").values, dtype=np.float64).ravel()
    l, m = (_place(posterior[name], member) for name in ("l", "m"))
    return Claims(flux=flux, included=member, l=l, m=m, total=total)


def _place(place: Any, member: Bools) -> Floats:
    """Return the mean over the draws that include the candidate: the others only repeat the prior."""
    if "draw" not in place.dims:
        return np.asarray(place.values, dtype=np.float64)
    draws = place.transpose("chain", "draw", "source").values.reshape(member.shape)
    weight = np.where(member.any(axis=0), member, 1.0)
    return np.asarray((draws * weight).sum(axis=0) / weight.sum(axis=0))
