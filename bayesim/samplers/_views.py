"""The data as point sources see them once a smooth background is integrated out, for every background tried."""

from collections import OrderedDict
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesim.samplers._blend_move import Blends
from bayesim.solvers.candidates import Candidates

__all__ = ["View", "Views"]

Floats = NDArray[np.float64]

_NONE = 0.5
"""Prior probability that there is no smooth emission at all."""

_BYTES = 2**29
"""Of the Gram matrices that are kept, one per background: chains stay with a few."""


class View(NamedTuple):
    """A quadratic form as of :class:`~bayesim.solvers.Candidates`, the joint moves that go with it, and its centre.

    The centre holds (flux, x, y) of each fitted source after a Gauss-Newton step from the fit, shape (k, 3); the
    others stay where they are.
    """

    gram: Floats
    pull: Floats
    energy: float
    blends: Blends
    centre: Floats

    def at(self, excess: Floats) -> float:
        """Return chi-squared of points whose node fluxes exceed those of the fit by this much."""
        return self.energy - float(excess @ (2 * self.pull - self.gram @ excess))


class Views:
    """Backgrounds behind candidates, and what is left of the data's view of points in front of each.

    A blob's flux is normal with standard deviation ``noise_scale * size``, so that the noise scale is still conjugate
    with the flux integrated out: chi-squared becomes ``chi^2(points) - sum_r v_r s_r^2`` with ``s`` the pull of the
    combinations next to the points and ``v_r = 1 / (curvature_r + 1/size^2)``, and the evidence has the factor
    ``prod_r (1 + size^2 curvature_r)^-1/2``. Width and size have a finite list of values: half of the prior is for
    no background, the other half is shared out evenly.

    Parameters
    ----------
    candidates : Candidates
        The likelihood.
    typical, log_area : ndarray, shape (k,)
        As of :class:`~bayesim.samplers._blend_move.Blends`.
    """

    def __init__(self, candidates: Candidates, typical: Floats, log_area: Floats) -> None:
        self._own, self._typical, self._log_area = candidates, typical, log_area
        behind = candidates.behind
        sizes = [(i, size) for i, each in enumerate(behind) for size in each.sizes]
        ends = np.cumsum([0, *(each.curvature.size for each in behind)])
        self._parts = [slice(*pair) for pair in pairwise(ends)]
        self._pull = np.concatenate([np.zeros(0), *(each.pull for each in behind)])
        self._overlap = np.hstack([np.zeros((candidates.pull.size, 0)), *(each.overlap for each in behind)])
        # posterior variance of every combination over that of the noise: zero for those of other widths
        self._variance = np.zeros((len(sizes) + 1, self._pull.size))
        self._log_weight = np.zeros(len(sizes) + 1)
        for row, (i, size) in enumerate(sizes, start=1):
            curvature = behind[i].curvature
            self._variance[row, self._parts[i]] = 1 / (curvature + size**-2.0)
            share = np.log((1 - _NONE) / _NONE / len(sizes))
            self._log_weight[row] = share - 0.5 * np.log1p(size**2 * curvature).sum()
        self.widths = np.array([0.0, *(behind[i].width for i, _ in sizes)])
        self.blobs = sum(each.l.size for each in behind)
        self._kept: OrderedDict[int, View] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Number of backgrounds, the absence of one included."""
        return self._log_weight.size

    def seen(self, index: int) -> View:
        """Return the view in front of a background; chains on several threads share them."""
        with self._lock:
            if index not in self._kept:
                self._kept[index] = self._made(self._variance[index])
                most = max(2, _BYTES // max(1, self._own.gram.nbytes))
                while len(self._kept) > most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(index)
            return self._kept[index]

    def _made(self, variance: Floats) -> View:
        own, some = self._own, variance > 0
        gram, pull, energy = own.gram, own.pull, own.energy
        if some.any():
            overlap, of_blobs = self._overlap[:, some], self._pull[some]
            shrunk = overlap * variance[some]
            gram = gram - shrunk @ overlap.T
            # the moves count on exact symmetry, which products do not keep
            gram, pull = 0.5 * (gram + gram.T), pull - shrunk @ of_blobs
            energy -= float(variance[some] @ of_blobs**2)
        blends = Blends(gram, self._typical, self._log_area, variance=energy / (2 * own.count))
        return View(gram, pull, energy, blends, blends.stepped(pull, own.flux > 0))

    def draw(self, rng: np.random.Generator, index: int, excess: Floats, energy: float) -> tuple[int, float]:
        """Draw a background given the points, noise scale integrated out; return it and chi-squared with it.

        Parameters
        ----------
        rng : Generator
            Random numbers.
        index : int
            The present background.
        excess : ndarray, shape (6 k,)
            Node fluxes less those of the fit.
        energy : float
            Chi-squared of the points in front of the present background.
        """
        gained = self._variance @ self._pulls(excess) ** 2
        energies = energy + gained[index] - gained
        # the noise scale has the density 1/scale
        log = self._log_weight - self._own.count * np.log(energies)
        odds = np.cumsum(np.exp(log - log.max()))
        chosen = int(np.searchsorted(odds, rng.random() * odds[-1]))
        return chosen, float(energies[chosen])

    def step(self, index: int, other: int) -> tuple[Floats, float]:
        """Return how far points go from one background to another, shape (k, 3), and the log of the prior ratio."""
        move = self.seen(other).centre - self.seen(index).centre
        return move, float(self._log_weight[other] - self._log_weight[index])

    def fluxes(self, rng: np.random.Generator, index: int, excess: Floats, variance: float) -> Floats:
        """Draw the fluxes in Jy of all blobs, those of other widths 0, shape (blobs,); ``variance`` of the noise."""
        own = self._variance[index]
        drawn = own * self._pulls(excess) + np.sqrt(variance * own) * rng.standard_normal(own.size)
        parts = [each.modes @ drawn[part] for each, part in zip(self._own.behind, self._parts, strict=True)]
        return np.concatenate([np.zeros(0), *parts])

    def _pulls(self, excess: Floats) -> Floats:
        return np.asarray(self._pull - excess @ self._overlap)
