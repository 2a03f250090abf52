"""A chain over candidate sources: sweeps, and the conjugate draws of lambda, noise scale and density."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.priors import GammaRate
from bayesim.samplers._blend_move import Blends
from bayesim.samplers._source_sweep import BASIS, interpolation, sweep
from bayesim.solvers.candidates import Candidates

__all__ = ["SourceChain", "node_fluxes"]

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]

_SPREAD = 0.5
"""Of first fluxes about the fit's, in image noises: chains begin apart."""


_HINT = 4.0
"""Image noises: about the flux of what the fit left out and the residual still hints at."""


@compiled_in_order
def node_fluxes(basis: Floats, flux: Floats, z: Floats, out: Floats) -> None:
    """Write the fluxes of the nodes that stand for sources, shape (6 k,)."""
    for j in range(flux.size):
        weights = out[6 * j : 6 * j + 6]
        interpolation(basis, z[j, 0], z[j, 1], weights)
        weights *= flux[j]


@dataclass(frozen=True, eq=False)
class SourceChain:
    """The target of one chain, and its step.

    Parameters
    ----------
    candidates : Candidates
        The likelihood.
    rate : GammaRate
        Hyper-prior of lambda, the rate of the exponential law of fluxes.
    thin : int
        Sweeps per kept draw.
    """

    candidates: Candidates
    rate: GammaRate
    thin: int

    @cached_property
    def _blends(self) -> Blends:
        own = self.candidates
        return Blends(own, np.where(own.flux > 0, own.flux, _HINT * own.sum_weight**-0.5), self._log_area)

    @cached_property
    def _log_area(self) -> Floats:
        return np.asarray(np.log(np.abs(np.linalg.det(self.candidates.spread))))

    def begin(self, rng: np.random.Generator) -> Arrays:
        """Return the first state: the fit, jittered; hints are absent."""
        own = self.candidates
        noise = own.sum_weight**-0.5
        jittered = np.abs(own.flux + _SPREAD * noise * rng.standard_normal(own.size))
        state = {
            "flux": np.where(own.flux > 0, jittered, 0.0),
            "z": 0.5 * rng.standard_normal((own.size, 2)),
            "variance": np.asarray(own.energy / (2 * own.count)),
            "rate": np.asarray(1.0),
            "density": np.asarray(1.0),
        }
        self.draw_hyper(rng, state)
        return state

    def advance(self, rng: np.random.Generator, state: Arrays, draws: int) -> Arrays:
        """Return ``draws`` kept draws, and leave the state after the last of them."""
        own = self.candidates
        inclusion = np.empty(own.size)
        # made anew once a call, so that rounding does not pile up
        blends = self._blends
        residual = own.pull - own.gram @ self._excess(state)
        kept = {name: np.empty((draws, *shape)) for name, shape in self.shapes.items()}
        for draw in range(draws):
            for _ in range(self.thin):
                sweep(
                    rng, own.gram, BASIS, self._log_area, residual, state["flux"], state["z"], inclusion,
                    float(state["variance"]), float(state["rate"]), float(state["density"]),
                )  # fmt: skip
                blends.move(rng, residual, state["flux"], state["z"], float(state["variance"]), float(state["rate"]))
                energy = own.energy - float(self._excess(state) @ (own.pull + residual))
                state["variance"] = np.asarray(0.5 * energy / rng.standard_gamma(own.count))
                self.draw_hyper(rng, state)
            for name, values in state.items():
                kept[name][draw] = values
            kept["inclusion"][draw], kept["energy"][draw] = inclusion, energy
        return kept

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every kept quantity in one draw."""
        k = self.candidates.size
        return {"flux": (k,), "z": (k, 2), "variance": (), "rate": (), "density": (), "inclusion": (k,), "energy": ()}

    def draw_hyper(self, rng: np.random.Generator, state: Arrays) -> None:
        """Draw lambda and the density of sources given the fluxes."""
        flux = state["flux"]
        number = int(np.count_nonzero(flux))
        shape, inverse = self.rate.conditional(size=number, total=float(flux.sum()))
        state["rate"] = np.asarray(rng.standard_gamma(shape) / inverse)
        # Jeffreys' prior of a Poisson rate
        state["density"] = np.asarray(rng.standard_gamma(0.5 + number) / self.candidates.area)

    def _excess(self, state: Arrays) -> Floats:
        """Return node fluxes less those of the fit."""
        nodes = np.empty(self.candidates.pull.size)
        node_fluxes(BASIS, state["flux"], state["z"], nodes)
        nodes[::6] -= self.candidates.flux
        return nodes
