"""The moves of the Gibbs sampler leave the joint law of sources and data as it is (after Geweke 2004, JASA 99, 799).

Sources from the prior and data from the sources are a draw of the posterior of those data: whatever many moves make
of it, over independent repetitions it must still look like the prior.
"""

import numpy as np
import pytest
from scipy import integrate, stats

from bayesim.priors import GammaRate
from bayesim.samplers._blend_move import Blends
from bayesim.samplers._exchange import exchange
from bayesim.samplers._one_flux import log_ndtr, positive_normal
from bayesim.samplers._source_chain import SourceChain, node_fluxes
from bayesim.samplers._source_sweep import BASIS, sweep
from bayesim.solvers.candidates import NODES, REACH

from ._toy_sources import Toy

RATE, DENSITY, ROUNDS, MOVES = 0.4, 4.0, 1500, 6


class Joint:
    """Sources and data, drawn in turn."""

    def __init__(self, toy, *, seed, kernels):
        self.toy, self.rng, self.kernels = toy, np.random.default_rng(seed), kernels
        own = toy.candidates(np.zeros(len(toy.matrix)))
        self.gram, self.k = own.gram, own.size
        self.log_area = np.log(np.linalg.det(toy.spread))
        self.blends = Blends(own.gram, np.full(self.k, 1 / RATE), self.log_area, variance=1.0)

    def prior(self):
        odds = DENSITY * self.toy.patch
        there = self.rng.random(self.k) < odds / (1 + odds)
        radius, angle = REACH * np.sqrt(self.rng.random(self.k)), 2 * np.pi * self.rng.random(self.k)
        return there * self.rng.exponential(1 / RATE, self.k), np.stack(
            [radius * np.cos(angle), radius * np.sin(angle)], axis=1
        )

    def repetition(self):
        self.flux, self.z = self.prior()
        nodes = np.empty(6 * self.k)
        node_fluxes(BASIS, self.flux, self.z, nodes)
        noise = self.rng.standard_normal(len(self.toy.matrix))
        residual = self.toy.matrix.T @ noise
        for _ in range(MOVES):
            for kernel in self.kernels:
                kernel(self, residual)
        moved = np.empty(6 * self.k)
        node_fluxes(BASIS, self.flux, self.z, moved)
        # the running residual is still that of the sources
        left = noise + self.toy.matrix @ (nodes - moved)
        assert np.allclose(residual, self.toy.matrix.T @ left, atol=1e-9)
        return [*moments(self.flux, self.z), left @ left]

    def alone(self):
        return [*moments(*self.prior()), self.rng.chisquare(len(self.toy.matrix))]


def moments(flux, z):
    there = flux > 0
    return [
        there.sum(),
        flux.sum(),
        (flux**2).sum(),
        int(there[0]) - int(there[1]),
        flux[0],
        flux[0] * flux[1],
        (there * z[:, 0]).sum(),
        (there[:, None] * z**2).sum(),
        flux[0] * z[0, 1],
        there[0] * there[1] * z[0, 0] * z[1, 0],
        (flux * (z**2).sum(axis=1)).sum(),
    ]


def sweeping(joint, residual):
    sweep(
        joint.rng,
        joint.gram,
        BASIS,
        joint.log_area,
        residual,
        joint.flux,
        joint.z,
        np.empty(joint.k),
        1.0,
        RATE,
        DENSITY,
    )


def blending(joint, residual):
    joint.blends.move(joint.rng, residual, joint.flux, joint.z, 1.0, RATE)


def wrong_blending(joint, residual):
    joint.blends.move(joint.rng, residual, joint.flux, joint.z, 4.0, RATE)


def wrong_area(joint, residual):
    area = joint.log_area + np.log([10.0, 1.0, 1.0])
    pairs = np.array([[0, 1]])
    exchange(joint.rng, joint.gram, BASIS, area, pairs, residual, joint.flux, joint.z, 1.0, RATE)


def scores(kernels, *, seed):
    """Return z scores of moments against independent draws from the prior."""
    joint = Joint(Toy(weight=0.5), seed=seed, kernels=kernels)
    moved = np.array([joint.repetition() for _ in range(ROUNDS)])
    alone = np.array([joint.alone() for _ in range(10 * ROUNDS)])
    error = np.hypot(moved.std(axis=0, ddof=1), alone.std(axis=0, ddof=1) / np.sqrt(10)) / np.sqrt(ROUNDS)
    return (moved.mean(axis=0) - alone.mean(axis=0)) / error


@pytest.mark.parametrize("kernels", [(sweeping,), (sweeping, blending)], ids=["sweep", "sweep and blends"])
def test_kernels_keep_the_joint_law(kernels):
    assert np.abs(scores(kernels, seed=3)).max() < 4


@pytest.mark.parametrize("wrong", [wrong_blending, wrong_area])
def test_a_wrong_kernel_is_found(wrong):
    assert np.abs(scores((wrong,), seed=3)).max() > 4


def test_one_source_has_the_odds_of_quadrature():
    toy = Toy(centres=((0.0, 0.0),))
    data = 2.0 * toy.matrix[:, 0] + np.random.default_rng(5).standard_normal(len(toy.matrix))
    own = toy.candidates(data)

    def evidence(x, y):
        c = BASIS @ np.array([1, x, y, x * x, x * y, y * y])
        p, q = c @ own.pull, c @ own.gram @ c
        mean, sd = (p - RATE) / q, q**-0.5
        return RATE * sd * np.sqrt(2 * np.pi) * np.exp(0.5 * (mean / sd) ** 2) * stats.norm.cdf(mean / sd)

    total, _ = integrate.dblquad(
        lambda r, a: r * evidence(r * np.cos(a), r * np.sin(a)), 0, 2 * np.pi, 0, REACH, epsrel=1e-6
    )
    odds = DENSITY * np.linalg.det(toy.spread[0]) * total
    rng, flux, z, residual = np.random.default_rng(2), np.zeros(1), np.zeros((1, 2)), own.pull.copy()
    inclusion, seen = np.empty(1), []
    for _ in range(40_000):
        sweep(
            rng, own.gram, BASIS, np.log(np.linalg.det(toy.spread)), residual, flux, z, inclusion, 1.0, RATE, DENSITY
        )
        seen.append(inclusion[0])
    batches = np.array(seen).reshape(100, -1).mean(axis=1)
    assert abs(batches.mean() - odds / (1 + odds)) < 4 * batches.std(ddof=1) / 10


def test_conjugate_draws_have_their_means():
    toy = Toy()
    own = toy.candidates(np.zeros(len(toy.matrix)))
    chain = SourceChain(own, GammaRate(1.0, 0.7), 1)
    rng, drawn = np.random.default_rng(4), []
    state = {"flux": np.array([1.0, 0.0, 2.0]), "elsewhere_flux": np.array([0.5, 0.0])}
    for _ in range(20_000):
        chain.draw_hyper(rng, state)
        drawn.append([float(state["rate"]), float(state["density"])])
    found, error = np.mean(drawn, axis=0), np.std(drawn, axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(found - [4.0 / (1 / 0.7 + 3.5), 3.5 / toy.area]) < 4 * error)


def test_the_tail_of_the_normal_distribution():
    x = np.linspace(-30, 8, 500)
    assert np.allclose([log_ndtr(value) for value in x], stats.norm.logcdf(x), rtol=1e-4, atol=1e-15)


@pytest.mark.parametrize("mean", [2.0, 0.1, -0.3, -1.0, -6.0])
def test_truncated_draws(mean):
    rng = np.random.default_rng(1)
    draws = [positive_normal(rng, mean, 0.8) for _ in range(4000)]
    assert stats.kstest(draws, stats.truncnorm(-mean / 0.8, np.inf, mean, 0.8).cdf).pvalue > 1e-3


def test_nodes_are_interpolated_exactly():
    x, y = NODES.T
    monomials = np.stack([np.ones(6), x, y, x * x, x * y, y * y])
    assert np.allclose(BASIS @ monomials, np.eye(6), atol=1e-12)
