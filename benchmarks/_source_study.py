"""Rank calibration of the Gibbs sampler of sources as a whole, on fixed candidates near three directions.

Its priors of the noise scale and of the density are improper, so that no truth can be drawn from them. Truths are
draws of the posterior of pilot data, which is proper; new data are drawn given them, and they are ranked among draws
of the posterior of pilot and new data together (Säilynoja, Schmitt, Bürkner & Vehtari 2025, arXiv:2502.03279).
"""

from itertools import count

import numpy as np
import xarray as xr

from bayesim.priors import GammaRate
from bayesim.samplers import gibbs
from bayesim.solvers.candidates import NODES, Candidates
from bayesim.validation import rank_study

SPREAD, WEIGHT, AREA, RATE = 0.12, 2.0, 50.0, GammaRate(1.0, 0.7)
CENTRES = np.array([(0.0, 0.0), (0.7, 0.2), (3.0, -1.0)])
"""Two of them blended; in the unit of the inverse of the baselines, as the spread."""

PILOT, BASELINES = 12, 30
"""Baselines of the pilot data, and of all."""

FIRST = np.array([1.5, 1.0, 0.0])
"""Fluxes (Jy) about which chains begin; the pilot holds such sources."""

SCALARS = ("lambda", "noise_scale", "density", "number", "total_flux")


def columns():
    """Return unit sources at the nodes of all candidates, whitened: a row for each real and imaginary part."""
    uv = 0.25 * np.random.default_rng(3).standard_normal((BASELINES, 2))
    phase = 2 * np.pi * uv @ (CENTRES[:, None] + SPREAD * NODES).reshape(-1, 2).T
    return np.sqrt(WEIGHT) * np.stack([np.cos(phase), -np.sin(phase)], axis=1).reshape(2 * BASELINES, -1)


def candidates(matrix, data):
    """Return the likelihood of some rows of data."""
    left = data - matrix[:, ::6] @ FIRST
    return Candidates(
        l=CENTRES[:, 0], m=CENTRES[:, 1], spread=np.broadcast_to(SPREAD * np.eye(2), (len(CENTRES), 2, 2)).copy(),
        flux=FIRST, gram=np.ascontiguousarray(matrix.T @ matrix), pull=matrix.T @ left, energy=float(left @ left),
        count=len(data) // 2, sum_weight=WEIGHT * len(data) / 2, area=AREA,
    )  # fmt: skip


def seen(matrix, draw):
    """Return what one draw of sources looks like without noise, by the quadratic that is the sampler's model."""
    places = (np.stack([draw["l"].values, draw["m"].values], axis=1) - CENTRES) / SPREAD
    nodes, here = (np.stack([x**0, x, y, x * x, x * y, y * y]) for x, y in (NODES.T, places.T))
    return matrix @ (np.linalg.solve(nodes, here) * draw["flux"].values).T.ravel()


def quantities(posterior, chi2):
    """Return what is ranked: scalars, a blended flux and a lone one, and the log-likelihood."""
    flux = posterior["flux"]
    return posterior[[*SCALARS]].assign(
        {
            "flux[0]": flux.isel(source=0, drop=True),
            "flux[2]": flux.isel(source=2, drop=True),
            "flux x l": (flux * posterior["l"]).sum("source"),
            "log_likelihood": -0.5 * chi2 / posterior["noise_scale"] ** 2
            - 2 * BASELINES * np.log(posterior["noise_scale"]),
        }
    )


def study(*, replicates, seed, kept=49, wrong=1.0):
    """Return the ranks of a study; ``wrong`` multiplies the noise of the new data, which the model does not know."""
    matrix, first = columns(), np.random.default_rng(seed)
    pilot, rows = matrix[: 2 * PILOT, ::6] @ FIRST + first.standard_normal(2 * PILOT), slice(2 * PILOT, None)
    counts = {"rate": RATE, "cores": 1}
    truths = gibbs.sample(
        candidates(matrix[: 2 * PILOT], pilot), seed=seed, draws=replicates, tune=20, chains=1, thin=100, **counts
    )["posterior"].to_dataset()
    turn = count()

    def simulate(data_seed):
        truth = truths.isel(chain=0, draw=next(turn))
        noise = wrong * float(truth["noise_scale"]) * np.random.default_rng(data_seed).standard_normal(2 * BASELINES)
        clean = seen(matrix, truth)
        data = np.concatenate([pilot, (clean + noise)[rows]])
        found = quantities(truth, np.sum((data - clean) ** 2))
        return {str(name): float(value) for name, value in found.items()}, candidates(matrix, data)

    def sample(likelihood, chain_seed):
        tree = gibbs.sample(likelihood, seed=chain_seed, draws=250, tune=50, chains=2, thin=4, **counts)
        found = quantities(tree["posterior"].to_dataset(), tree["sample_stats"]["chi2"])
        return xr.DataTree.from_dict({"posterior": found.astype(float)})

    return rank_study(simulate, sample, replicates=replicates, seed=seed, kept=kept)
