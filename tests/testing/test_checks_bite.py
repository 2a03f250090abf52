"""The shipped checks pass what is right and name what is wrong: each is given a leaf with one fault."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from bayesim.data import from_arrays
from bayesim.errors import FormatError
from bayesim.operators import Dft, Residual
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.testing import (
    ExactEquations,
    check_adjoint,
    check_certificate,
    check_damage,
    check_density,
    check_equations,
    check_format,
    check_gaussian,
    check_operator,
    check_prior,
    check_prox,
    check_round_trip,
    check_sampler,
)

EXACT = ExactEquations.random(seed=1, npix=5, n_vis=20, sources=2)
POINTS = np.random.default_rng(0).uniform(-0.01, 0.01, (9, 3)) * (1, 1, 0)


class Wrong(Dft):
    def adjoint(self, visibilities):
        return super().adjoint(np.conj(visibilities))


def dft(kind=Dft, sign=1.0):
    u, v, _ = sign * EXACT.uvw.T
    return kind(u, v, None, POINTS[:, 0], POINTS[:, 1])


def test_a_right_operator_passes():
    check_adjoint(dft(), seed=1)
    check_operator(dft(), uvw=EXACT.uvw, directions=POINTS, seed=1, tolerance=1e-12)


def test_a_conjugated_adjoint_is_caught():
    with pytest.raises(AssertionError, match="<Ax, y> = "):
        check_adjoint(dft(Wrong), seed=1)


def test_a_wrong_sign_is_caught_although_the_adjoint_fits():
    check_adjoint(dft(sign=-1.0), seed=1)
    with pytest.raises(AssertionError, match=r"forward is .* from the exact sum"):
        check_operator(dft(sign=-1.0), uvw=EXACT.uvw, directions=POINTS, seed=1, tolerance=1e-6)


@dataclass(frozen=True, eq=False)
class Leaky(ExactEquations):
    def residual(self, indices, values):
        right = super().residual(indices, values)
        return Residual(image=right.image, energy=right.energy * (1 + 1e-6))


@dataclass(frozen=True, eq=False)
class Transposed(ExactEquations):
    def gram(self, rows, columns):
        return super().gram(columns, rows).reshape(len(rows), len(columns))


@pytest.mark.parametrize(("kind", "fault"), [(Leaky, "energy of the residual"), (Transposed, "gram is off")])
def test_wrong_equations_are_caught(kind, fault):
    check_equations(replace(EXACT), EXACT, seed=1, tolerance=1e-12)
    with pytest.raises(AssertionError, match=fault):
        check_equations(kind(EXACT.grid, EXACT.uvw, EXACT.data, EXACT.weight), EXACT, seed=1, tolerance=1e-9)


class Timid(Laplace):
    def prox(self, x, step):
        return super().prox(x, 1.01 * step)


class Negative(PositiveLaplace):
    def prox(self, x, step):
        return x - self.rate * step


class Late(Laplace):
    def certificate(self, gradient):
        return 0.9 * super().certificate(gradient)


class Early(Laplace):
    def certificate(self, gradient):
        return 1.1 * super().certificate(gradient)


class Absolute(PositiveLaplace):
    def lambda_max(self, gradient):
        return float(np.abs(gradient).max())


class Halved(PositiveLaplace):
    def log_normaliser(self, rate, shape):
        return np.prod(shape) * float(np.log(rate / 2))


class Narrow(Laplace):
    def variable(self, name, *, dims):
        import pymc as pm

        return pm.Laplace(name, mu=0.0, b=1.0 / 1.7, dims=dims)


@pytest.mark.parametrize(
    ("prior", "check", "fault"),
    [
        (Timid, check_prox, "no subgradient"),
        (Negative, check_prox, "leaves the support"),
        (Late, check_certificate, "stays at|not optimal|exceeds 1"),
        (Early, check_certificate, "certificate of an optimum reaches"),
        (Absolute, check_certificate, "just below lambda_max .* the sky is empty"),
        (Halved, check_density, "log_normaliser - value is"),
        (Narrow, check_density, "at rate 0.3"),
    ],
)
def test_a_wrong_prior_is_caught(prior, check, fault):
    with pytest.raises(AssertionError, match=fault):
        check(prior, seed=1)


def test_half_a_prior_is_caught():
    with pytest.raises(AssertionError, match="lacks a part of the contract"):
        check_prior(lambda rate: SimpleNamespace(rate=rate), seed=1)


COVARIANCE = np.array([[2.0, 0.9], [0.9, 0.5]])


def draws(scale=1.0, shift=0.0, covariance=COVARIANCE):
    rng = np.random.default_rng(2)
    return shift + scale * rng.multivariate_normal(np.zeros(2), covariance, size=(4, 4000))


def test_exact_draws_pass():
    check_gaussian(draws(), mean=np.zeros(2), covariance=COVARIANCE)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"scale": 0.95}, "standard deviation 0.9"),
        ({"shift": 0.1}, "mean off"),
        ({"covariance": np.diag([2.0, 0.5])}, "standard deviation"),
    ],
)
def test_wrong_draws_are_caught(wrong, fault):
    with pytest.raises(AssertionError, match=fault):
        check_gaussian(draws(**wrong), mean=np.zeros(2), covariance=COVARIANCE)


def exact_sampler(model, *, seed, frozen=False):
    """The posterior of the check's own model, drawn exactly from its constants."""
    y = model["y"]
    design = model.rvs_to_values[y].data, y.owner.inputs[2]
    matrix = design[1].eval({model["x"]: np.eye(3)[0]}), *(design[1].eval({model["x"]: e}) for e in np.eye(3)[1:])
    design, data = np.column_stack(matrix), design[0]
    covariance = np.linalg.inv(np.eye(3) + design.T @ design / 0.7**2)
    rng = np.random.default_rng(1 if frozen else seed)
    x = rng.multivariate_normal(covariance @ design.T @ data / 0.7**2, covariance, size=(4, 4000))
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"x": (("chain", "draw", "k"), x)})})


def test_a_right_sampler_passes():
    check_sampler(exact_sampler, seed=3)


def test_a_sampler_that_ignores_its_seed_is_caught():
    with pytest.raises(AssertionError, match="another seed gives the same draws"):
        check_sampler(lambda model, *, seed: exact_sampler(model, seed=seed, frozen=True), seed=3)


def read_numbers(path):
    """A careless reader: whatever is there, as many numbers as fit."""
    raw = path.read_bytes()
    table = np.frombuffer(raw[: len(raw) // 32 * 32]).reshape(-1, 4)
    if not table.size:
        raise FormatError(f"{path.name} is empty")
    return from_arrays(table[:, 0], table[:, 1], table[:, 2] + 1j * table[:, 3], weight=np.ones(len(table)))


def write_numbers(vis, path):
    path.write_bytes(np.column_stack([vis.u, vis.v, vis.data.real, vis.data.imag]).tobytes())


def test_a_careless_format_is_caught(tmp_path):
    leaf = SimpleNamespace(__name__="numbers", matches=lambda path: True, read=read_numbers)
    vis = from_arrays(*EXACT.uvw.T[:2], EXACT.data, weight=2 * np.ones(20))
    with pytest.raises(AssertionError, match="takes a file of empty for its own"):
        check_format(leaf, tmp_path, seed=1)
    with pytest.raises(AssertionError, match="weight changed on the way"):
        check_round_trip(SimpleNamespace(**vars(leaf)), write_numbers, vis, tmp_path / "whole")
    (tmp_path / "cut").mkdir()
    with pytest.raises(AssertionError, match="reads whole, which is damaged"):
        check_damage(leaf, tmp_path / "whole", tmp_path / "cut", seed=1)
