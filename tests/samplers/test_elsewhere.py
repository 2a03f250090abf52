"""Births, deaths and moves between the candidates leave the joint law of sources and data as it is (Geweke 2004)."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.errors import ModelError
from bayesim.operators._planes import Box
from bayesim.operators.table import table_of
from bayesim.samplers import every_source, gibbs, source_verdict
from bayesim.samplers._elsewhere import roam
from bayesim.samplers._field import field_of, placed
from bayesim.solvers.candidates import NODES, Candidates
from bayesim.solvers.elsewhere import Elsewhere

RATE, DENSITY, SLOTS, SPREAD, SIZE = 0.5, 0.12, 40, 0.06, 3.0
LIMITS = np.array([[-SIZE, SIZE], [-SIZE, SIZE]])
BOX = Box((-SIZE, SIZE), (-SIZE, SIZE), (0.0, 0.0))


class Sky:
    """A candidate in the middle of a small field, seen by few baselines; direction cosines are not small here."""

    def __init__(self, *, baselines=10, weight=0.5, scale=0.01):
        rng = np.random.default_rng(2)
        self.scale, self.weight, self.n = scale, weight, baselines
        self.uv = 0.22 * rng.standard_normal((2, baselines)) / scale
        self.limits = scale * LIMITS
        self.box = Box(*(tuple(row) for row in self.limits), (-1e-3, 0.0))
        self.beams = np.eye(2) * np.sqrt(np.mean(self.uv**2) * (2 * np.pi) ** 2 / (8 * np.log(2)))
        self.nodes = SPREAD * scale * NODES
        self.kernel = self._table(np.full(baselines, weight, dtype=complex), self.box.differences)

    def _table(self, y, box):
        baselines = (*self.uv, np.zeros(self.n))
        return table_of(baselines, y, box, tolerance=1e-6, threads=1)

    def visibilities(self, flux, l, m):
        return np.exp(-2j * np.pi * (np.outer(self.uv[0], l) + np.outer(self.uv[1], m))) @ flux

    def noise(self, rng):
        return self.weight**-0.5 * (rng.standard_normal(self.n) + 1j * rng.standard_normal(self.n))

    def candidates(self, y, *, evenly=True):
        """Return the likelihood of data about an empty fit; half of the attempts look at the left half otherwise."""
        odds = np.ones((12, 10))
        odds[:, :5] = 1.0 if evenly else 3.0
        around = Elsewhere(
            self._table(self.weight * y, self.box), self.kernel, self.limits, odds / odds.sum(), self.beams
        )
        matrix = np.exp(-2j * np.pi * (self.nodes @ self.uv)).T
        return Candidates(
            l=np.zeros(1),
            m=np.zeros(1),
            spread=SPREAD * self.scale * np.eye(2)[None],
            flux=np.zeros(1),
            gram=np.ascontiguousarray(self.weight * (matrix.conj().T @ matrix).real),
            pull=self.weight * (matrix.conj().T @ y).real,
            energy=float(self.weight * np.sum(np.abs(y) ** 2)),
            count=self.n,
            sum_weight=self.weight * self.n,
            area=float(np.prod(np.ptp(self.limits, axis=1))),
            around=around,
        )

    @property
    def density(self):
        return DENSITY / self.scale**2

    def prior(self, rng):
        """Draw sources anywhere, those too close to the candidate left out."""
        n = rng.poisson(self.density * np.prod(np.ptp(self.limits, axis=1)))
        place = rng.uniform(self.limits[:, :1], self.limits[:, 1:], (2, n))
        far = np.sum((self.beams @ place) ** 2, axis=0) >= 1.0
        return rng.exponential(1 / RATE, n)[far], place[:, far]


def moments(flux, place, chi2, scale):
    l, m = place / scale
    return [flux.size, flux.sum(), (flux**2).sum(), l.sum(), (l * l).sum(), (flux * m).sum(), (l < 0).sum(), chi2]


def repetition(sky, rng, *, wrong=1.0):
    flux, place = sky.prior(rng)
    data = sky.visibilities(flux, *place) + sky.noise(rng)
    own = sky.candidates(data, evenly=False)
    field, fluxes, places = field_of(own), np.zeros(SLOTS), np.zeros((3, SLOTS))
    fluxes[: flux.size], places[:2, : flux.size] = flux, place
    places[2, : flux.size] = np.sqrt(1 - place[0] ** 2 - place[1] ** 2) - 1
    excess, residual = np.zeros(6), own.pull.copy()
    energy = own.energy + placed(field, excess, residual, fluxes, places)
    energy += roam(rng, field, excess, residual, fluxes, places, 1.0, RATE, wrong * sky.density, 12)
    n = np.count_nonzero(fluxes)
    left = data - sky.visibilities(fluxes[:n], *places[:2, :n])
    exact = sky.weight * np.sum(np.abs(left) ** 2)
    assert energy == pytest.approx(exact, abs=4e-3 * (1 + own.energy))
    assert np.allclose(
        residual, sky.candidates(left).pull, atol=1e-3 * sky.weight * sky.n * (flux.sum() + fluxes.sum()) + 1e-9
    )
    return moments(fluxes[:n], places[:2, :n], exact, sky.scale)


def scores(*, wrong=1.0, rounds=250):
    sky, rng = Sky(), np.random.default_rng(5)
    moved = np.array([repetition(sky, rng, wrong=wrong) for _ in range(rounds)])
    alone = np.array([moments(*sky.prior(rng), rng.chisquare(2 * sky.n), sky.scale) for _ in range(20 * rounds)])
    error = np.hypot(moved.std(axis=0, ddof=1), alone.std(axis=0, ddof=1) / np.sqrt(20)) / np.sqrt(rounds)
    return (moved.mean(axis=0) - alone.mean(axis=0)) / error


def test_moves_keep_the_joint_law():
    assert np.abs(scores()).max() < 4


def test_a_wrong_density_is_found():
    assert np.abs(scores(wrong=2.0, rounds=150)).max() > 4


def sky_of_two(seed=3):
    sky, rng = Sky(baselines=60, weight=2.0), np.random.default_rng(seed)
    place = sky.scale * np.array([[0.0, 2.0], [0.0, -1.5]])
    return sky.candidates(sky.visibilities(np.array([2.0, 1.0]), *place) + sky.noise(rng))


def test_a_source_that_nobody_listed_is_found():
    tree = gibbs.sample(sky_of_two(), seed=1, draws=500, tune=100)
    flux, l, m = every_source(tree)
    near = np.hypot(l - 0.02, m + 0.015) < 0.004
    assert (near * (flux > 0)).any(axis=2).mean() > 0.95
    found = (near * flux).sum(axis=2)
    assert abs(found.mean() - 1.0) < 4 * found.std()
    posterior = tree["posterior"]
    assert np.allclose(posterior["total_flux"], flux.sum(axis=2))
    assert np.array_equal(posterior["number"], np.count_nonzero(flux, axis=2))
    assert "a beam or more from any candidate" in tree.attrs["label"]
    assert source_verdict(tree).passed


def test_the_energy_is_that_of_all_sources():
    own = sky_of_two()
    tree = gibbs.sample(own, seed=1, draws=60, tune=1, chains=2)
    assert tree["sample_stats"]["chi2"].values.mean() == pytest.approx(2 * own.count, rel=0.3)


def test_tables_that_are_too_small_are_refused():
    around = sky_of_two().around
    with pytest.raises(ModelError, match="residual is known on a smaller field"):
        replace(around, limits=3.0 * around.limits)
