"""Draws of point sources, and of what is behind them, by name."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesim.samplers._source_chain import Arrays
from bayesim.solvers.candidates import Candidates

__all__ = ["full_draws", "source_tree"]


def full_draws(elsewhere: NDArray[np.float64]) -> dict[str, int]:
    """Count the draws at which the prior was cut."""
    full = int(np.count_nonzero(np.all(elsewhere > 0, axis=2))) if elsewhere.shape[2] else 0
    return {"full_draws": full} if full else {}


def source_tree(candidates: Candidates, kept: Arrays, *, widths: NDArray[np.float64]) -> xr.DataTree:
    """Return kept draws, shape (draws, chains, ...), as groups; ``widths`` in beams of every background tried."""
    kept = {name: np.moveaxis(values, 1, 0) for name, values in kept.items()}
    flux, other, place = kept["flux"], kept["elsewhere_flux"], kept["elsewhere_place"]
    l, m = candidates.directions(kept["z"])
    sources, scalars = ("chain", "draw", "source"), ("chain", "draw")
    coords = {"chain": np.arange(len(flux)), "draw": np.arange(flux.shape[1]), "source": np.arange(candidates.size)}
    posterior = {
        "flux": (sources, flux),
        "included": (sources, (flux > 0).astype(np.int8)),
        "inclusion": (sources, kept["inclusion"]),
        "l": (sources, l),
        "m": (sources, m),
        "lambda": (scalars, kept["rate"]),
        "noise_scale": (scalars, np.sqrt(kept["variance"])),
        "number": (scalars, np.count_nonzero(flux, axis=2) + np.count_nonzero(other, axis=2)),
        "total_flux": (scalars, flux.sum(axis=2) + other.sum(axis=2) + kept["background"].sum(axis=2)),
        "density": (scalars, kept["density"]),
    }
    if candidates.around is not None:
        slots = int(np.count_nonzero(other, axis=2).max(initial=0))
        found = {"flux": other, "l": place[:, :, 0], "m": place[:, :, 1]}
        posterior |= {f"elsewhere_{name}": ((*scalars, "slot"), x[..., :slots]) for name, x in found.items()}
    if candidates.behind:
        posterior |= {
            "background": ((*scalars, "blob"), kept["background"]),
            "background_flux": (scalars, kept["background"].sum(axis=2)),
            "background_width": (scalars, widths[kept["view"].astype(int)]),
        }
    constant = {
        "fitted_flux": ("source", candidates.flux),
        "candidate_l": ("source", candidates.l),
        "candidate_m": ("source", candidates.m),
        "sum_weight": ((), candidates.sum_weight),
        "area": ((), candidates.area),
        **_blobs(candidates),
    }
    groups = {
        "posterior": xr.Dataset(posterior, coords=coords),
        "sample_stats": xr.Dataset({"chi2": (scalars, kept["energy"])}, coords={k: coords[k] for k in scalars}),
        "constant_data": xr.Dataset(constant, coords={"source": coords["source"]}),
    }
    return xr.DataTree.from_dict(groups)


def _blobs(candidates: Candidates) -> dict[str, tuple[object, NDArray[np.float64]]]:
    """Return place and shape of all blobs, where there are any."""
    if not candidates.behind:
        return {}
    shapes = [np.broadcast_to(each.shape, (each.l.size, 2, 2)) for each in candidates.behind]
    return {
        "blob_l": ("blob", np.concatenate([each.l for each in candidates.behind])),
        "blob_m": ("blob", np.concatenate([each.m for each in candidates.behind])),
        "blob_shape": (("blob", "axis", "other_axis"), np.concatenate(shapes)),
    }
