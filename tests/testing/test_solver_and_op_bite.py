"""The checks of solvers and Ops pass what is right and name what is wrong."""

from dataclasses import replace

import numpy as np
import pytensor.tensor as pt
import pytest
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from bayesim.priors import PositiveLaplace
from bayesim.solvers import PolyClean
from bayesim.solvers._gap import optimality
from bayesim.testing import check_solver
from bayesim.testing.graph_op import check_op

SOLVER = PolyClean(relative_gap=1e-9)


def polished(equations, prior):
    return SOLVER.solve(equations, prior)


def doubled(equations, prior):
    solution = SOLVER.solve(equations, prior)
    return replace(solution, fluxes=2 * solution.fluxes)


def boastful(equations, prior):
    """Stops early and says that it arrived."""
    return replace(PolyClean(relative_gap=0.3).solve(equations, prior), gap=0.0, converged=True)


def hasty(equations, prior):
    return PolyClean(relative_gap=0.1).solve(equations, prior)


def defeated(equations, prior):
    return PolyClean(max_cycles=1, relative_gap=1e-12).solve(equations, prior)


def faded(equations, prior):
    """Solves for a slightly larger rate: the gap stays tiny, but <eta, x> exceeds the norm by more."""
    solution = SOLVER.solve(equations, replace(prior, rate=(1 + 1e-5) * prior.rate))
    state = optimality(solution.fit, prior, solution.fluxes, solution.fit.at(solution.indices))
    return replace(solution, prior=prior, objective=state.objective, gap=state.gap)


def crowded(equations, prior):
    solution = SOLVER.solve(equations, prior)
    spare = np.setdiff1d(np.arange(solution.grid.size), solution.indices)[0]
    order = np.argsort(indices := np.append(solution.indices, spare))
    return replace(solution, indices=indices[order], fluxes=np.append(solution.fluxes, 0.0)[order])


def test_a_right_solver_passes():
    check_solver(polished, PositiveLaplace, seed=1)


@pytest.mark.parametrize(
    ("solver", "fault"),
    [
        (doubled, "residual image is off"),
        (boastful, "computed anew"),
        (hasty, "of the objective, allowed"),
        (defeated, "not converged"),
        (faded, "differs from the penalty"),
        (crowded, "listed pixels are zero"),
    ],
)
def test_a_wrong_solver_is_caught(solver, fault):
    with pytest.raises(AssertionError, match=fault):
        check_solver(solver, PositiveLaplace, seed=1)


class Cube(Op):
    """``x^3`` of a vector, right in every respect."""

    __props__ = ("factor",)
    factor = 3.0

    def make_node(self, *inputs):
        x = pt.as_tensor_variable(inputs[0])
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] ** 3

    def infer_shape(self, node, shapes):
        return shapes

    def pullback(self, inputs, outputs, cotangents):
        return [self.factor * inputs[0] ** 2 * cotangents[0]]


class Steep(Cube):
    factor = 3.001


class Longer(Cube):
    def infer_shape(self, node, shapes):
        return [(shapes[0][0] + 1,)]


class Nameless(Cube):
    """Compares by identity, so a copy is another Op."""

    __props__ = ("token",)

    def __init__(self):
        self.token = object()


class Forgetful(Cube):
    __props__ = ()

    def __init__(self):
        self.sign = 1.0

    def __reduce__(self):
        return Negated, ()

    def __eq__(self, other):
        return isinstance(other, Forgetful)

    def __hash__(self):
        return 1


class Negated(Forgetful):
    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = -(inputs[0] ** 3)


POINT = np.array([0.5, -1.0, 2.0])


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
def test_a_right_op_passes():
    check_op(Cube(), POINT, seed=1)


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
@pytest.mark.parametrize(
    ("op", "fault"),
    [
        (Steep, "gradient is"),
        (Longer, "infer_shape announces"),
        (Nameless, "not equal to the Op"),
        (Forgetful, "gives other numbers"),
    ],
)
def test_a_wrong_op_is_caught(op, fault):
    with pytest.raises(AssertionError, match=fault):
        check_op(op(), POINT, seed=1)
