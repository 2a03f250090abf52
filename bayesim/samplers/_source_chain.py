"""A chain over candidate sources: sweeps, and the conjugate draws of lambda, noise scale and density."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators._compiled import compiled_in_order
from bayesim.priors import GammaRate
from bayesim.samplers._elsewhere import roam
from bayesim.samplers._field import Field, field_of, placed
from bayesim.samplers._leap import leap
from bayesim.samplers._source_sweep import BASIS, interpolation, sweep
from bayesim.samplers._views import Views
from bayesim.solvers.candidates import Candidates

__all__ = ["SLOTS", "SourceChain", "node_fluxes"]

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]

_SPREAD = 0.5
"""Of first fluxes about the fit's, in image noises: chains begin apart."""


_HINT = 4.0
"""Image noises: about the flux of what the fit left out and the residual still hints at."""


SLOTS = 256
"""Sources elsewhere, at most: the prior is cut there, and how often a draw is full is told."""

_EAGER = 1e9
"""Times the density of candidates at the start of the warm-up."""

_ROUNDS = 4
"""Of births, deaths and moves per sweep: they take a third of its time in a field of 40 candidates."""


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
    def views(self) -> Views:
        """The data in front of every background that is tried."""
        own = self.candidates
        return Views(own, np.where(own.flux > 0, own.flux, _HINT * own.sum_weight**-0.5), self.log_area)

    @cached_property
    def field(self) -> Field | None:
        """The field between the candidates, or None."""
        return field_of(self.candidates)

    @cached_property
    def log_area(self) -> Floats:
        """Logarithm of the solid angle of a unit of ``z``, in steradian, shape (k,)."""
        return np.asarray(np.log(np.abs(np.linalg.det(self.candidates.spread))))

    def begin(self, rng: np.random.Generator, *, eager: int) -> Arrays:
        """Return the first state: the fit, jittered; hints are absent.

        For ``eager`` draws candidates are taken to be so dense that all are there: blended ones make room for one
        that the fit lacks, which alone could hardly come where they have its flux already. What is too much goes
        then.
        """
        own = self.candidates
        noise = own.sum_weight**-0.5
        jittered = np.abs(own.flux + _SPREAD * noise * rng.standard_normal(own.size))
        state = {
            "flux": np.where(own.flux > 0, jittered, 0.0),
            "z": 0.5 * rng.standard_normal((own.size, 2)),
            "variance": np.asarray(own.energy / (2 * own.count)),
            "rate": np.asarray(1.0),
            "density": np.asarray(1.0),
            "eager": np.asarray(float(eager)),
            # chains begin apart: in front of any background, or of none
            "view": np.asarray(float(rng.integers(self.views.size)) if own.behind else 0.0),
            "elsewhere_flux": np.zeros(self._slots),
            "elsewhere_place": np.zeros((3, self._slots)),
        }
        self.draw_hyper(rng, state)
        return state

    def advance(self, rng: np.random.Generator, state: Arrays, draws: int) -> Arrays:
        """Return ``draws`` kept draws, and leave the state after the last of them."""
        inclusion = np.empty(self.candidates.size)
        run = _Running(self, state)
        kept = {name: np.empty((draws, *shape)) for name, shape in self.shapes.items()}
        for draw in range(draws):
            for _ in range(self.thin):
                run.sweep(rng, inclusion)
                state["variance"] = np.asarray(0.5 * run.energy / rng.standard_gamma(self.candidates.count))
                self.draw_hyper(rng, state)
            state["eager"] = np.maximum(state["eager"] - 1.0, 0.0)
            for name in kept.keys() & state.keys():
                kept[name][draw] = state[name]
            kept["inclusion"][draw], kept["energy"][draw] = inclusion, run.energy
            kept["background"][draw] = self.views.fluxes(rng, run.index, run.excess, float(state["variance"]))
        return kept

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every kept quantity in one draw."""
        k = self.candidates.size
        of_sources = {"flux": (k,), "z": (k, 2), "inclusion": (k,)}
        elsewhere = {"elsewhere_flux": (self._slots,), "elsewhere_place": (3, self._slots)}
        of_all = dict.fromkeys(("variance", "rate", "density", "view", "energy"), ())
        return {**of_sources, **of_all, **elsewhere, "background": (self.views.blobs,)}

    @property
    def _slots(self) -> int:
        return 0 if self.field is None else SLOTS

    def draw_hyper(self, rng: np.random.Generator, state: Arrays) -> None:
        """Draw lambda and the density of sources given the fluxes."""
        flux = np.concatenate([state["flux"], state["elsewhere_flux"]])
        number = int(np.count_nonzero(flux))
        shape, inverse = self.rate.conditional(size=number, total=float(flux.sum()))
        state["rate"] = np.asarray(rng.standard_gamma(shape) / inverse)
        # Jeffreys' prior of a Poisson rate
        state["density"] = np.asarray(rng.standard_gamma(0.5 + number) / self.candidates.area)

    def excess(self, state: Arrays) -> Floats:
        """Return node fluxes less those of the fit."""
        nodes = np.empty(self.candidates.pull.size)
        node_fluxes(BASIS, state["flux"], state["z"], nodes)
        nodes[::6] -= self.candidates.flux
        return nodes


class _Running:
    """Residual and chi-squared of a state, kept up to date through sweeps.

    They are made anew from the state at every call of the chain, so that rounding does not pile up and a run that
    was cut off goes on to the same bits.
    """

    def __init__(self, chain: SourceChain, state: Arrays) -> None:
        self.chain, self.state = chain, state
        self.excess = chain.excess(state)
        self._look(int(state["view"]))
        self.energy = self.view.energy - float(self.excess @ (self.view.pull + self.residual))
        if chain.field is not None:
            flux, place = state["elsewhere_flux"], state["elsewhere_place"]
            self.energy += placed(chain.field, self.excess, self.residual, flux, place)

    def _look(self, index: int) -> None:
        """Take up a view, and the residual in it."""
        self.index, self.view = index, self.chain.views.seen(index)
        self.residual = self.view.pull - self.view.gram @ self.excess

    def sweep(self, rng: np.random.Generator, inclusion: Floats) -> None:
        """Draw all sources once, then the background."""
        chain, state = self.chain, self.state
        variance, rate, density = (float(state[name]) for name in ("variance", "rate", "density"))
        near = density * (_EAGER if state["eager"] > 0 else 1.0)
        before = self.residual.copy()
        sweep(
            rng, self.view.gram, BASIS, chain.log_area, self.residual, state["flux"], state["z"], inclusion,
            variance, rate, near,
        )  # fmt: skip
        self.view.blends.move(rng, self.residual, state["flux"], state["z"], variance, rate)
        excess = chain.excess(state)
        # chi-squared is quadratic, and its slope is known at both ends
        self.energy -= float((excess - self.excess) @ (before + self.residual))
        self.excess = excess
        if chain.field is not None:
            self.energy += roam(
                rng, chain.field, excess, self.residual, state["elsewhere_flux"], state["elsewhere_place"],
                variance, rate, density, _ROUNDS,
            )  # fmt: skip
        if chain.views.size > 1:
            index, self.energy = chain.views.draw(rng, self.index, excess, self.energy)
            if index != self.index:
                self._look(index)
                state["view"] = np.asarray(float(index))
            gone = leap(rng, chain, state, index=self.index, energy=self.energy)
            if gone is not None:
                index, self.excess, self.energy = gone
                self._look(index)
