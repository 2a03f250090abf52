"""Every leaf of every room keeps its contract: rooms are walked, so a new file is tested without being named."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytensor.graph.op import Op

import bayesim.data
import bayesim.operators
import bayesim.priors
import bayesim.samplers
import bayesim.solvers
import bayesim.sources
from bayesim.data import Visibilities, from_arrays
from bayesim.errors import MissingExtraError
from bayesim.operators import Normal, measure, starlet
from bayesim.operators.nufft import Nufft
from bayesim.sky import Grid
from bayesim.testing import (
    ExactEquations,
    check_adjoint,
    check_damage,
    check_equations,
    check_format,
    check_image_prior,
    check_operator,
    check_prior,
    check_round_trip,
    check_sampler,
    check_solver,
    check_source,
)
from bayesim.testing.graph_op import check_op
from bayesim.testing.rooms import classes, leaves, modules_with

PRIOR_PARTS = {"value", "prox", "certificate", "lambda_max", "log_normaliser"}
"""A public class of the priors that has one of them is a pixel prior and must keep the whole contract of its kind."""
TOLERANCE = 1e-9
"""Asked of every operator that takes a tolerance; the checks allow ten times as much."""


def each(items: list[Any], room: str) -> Any:
    """Parametrise over leaves; a room that has none is a skip with its name."""
    names = [getattr(item, "__name__", str(item)) for item in items]
    empty = pytest.param(None, marks=pytest.mark.skip(reason=f"no leaf in the room {room} yet"))
    return pytest.mark.parametrize("leaf", items or [empty], ids=names or None)


def problem(*, coplanar: bool) -> tuple[ExactEquations, Visibilities]:
    """Return a small problem as the referee and as visibilities; coplanar: the referee leaves w out."""
    exact = ExactEquations.random(seed=11)
    u, v, w = exact.uvw.T
    vis = from_arrays(u, v, exact.data, w=w, weight=exact.weight)
    flat = ExactEquations(exact.grid, exact.uvw * (1, 1, 0), exact.data, exact.weight)
    return (flat if coplanar else exact), vis


def directions(exact: ExactEquations, *, coplanar: bool) -> np.ndarray:
    l, m = np.broadcast_arrays(exact.grid.l[None, :], exact.grid.m[:, None])
    n = 0 * exact.grid.n_minus_1 if coplanar else exact.grid.n_minus_1
    return np.column_stack([l.ravel(), m.ravel(), n.ravel()])


def made(leaf: Callable[..., Any], offers: dict[str, Any]) -> Any:
    """Build a leaf by the names of its parameters; one that asks for more must be offered it here."""
    parameters = inspect.signature(leaf).parameters.values()
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in offers]
    assert not missing, f"{leaf.__name__} needs {missing}, which the contract test does not know: {sorted(offers)}"
    try:
        return leaf(**{p.name: offers[p.name] for p in parameters if p.name in offers})
    except MissingExtraError as error:
        pytest.skip(str(error))


def signature_of(item: Any) -> list[str]:
    """Return the names of the parameters."""
    return [*inspect.signature(item).parameters]


def required(item: Any) -> list[str]:
    """Return the names of the parameters that must be given."""
    return [p.name for p in inspect.signature(item).parameters.values() if p.default is p.empty]


OPERATORS = classes(bayesim.operators, "forward")
EQUATIONS = classes(bayesim.operators, "gram")
OPS = [item for item in classes(bayesim.operators, "make_node") if issubclass(item, Op)]
PRIORS = classes(bayesim.priors, *PRIOR_PARTS)
IMAGE_PRIORS = [item for item in classes(bayesim.priors, "variable") if "dims" in signature_of(item.variable)]
SPARSE_PRIORS = [item for item in classes(bayesim.priors, "lambda_max") if required(item) == ["rate"]]
"""Sparse solvers hand over lone pixels, so a prior that must know which pixels they are is not for them."""
HYPER_PRIORS = [item for item in classes(bayesim.priors, "variable") if item not in (*PRIORS, *IMAGE_PRIORS)]
FORMATS = [leaf for leaf in leaves(bayesim.data) if hasattr(leaf, "matches")]
SOURCES = classes(bayesim.sources, "visibility")
SOLVERS = classes(bayesim.solvers, "solve")
SAMPLERS = modules_with(bayesim.samplers, "sample", first="model")


@each(OPERATORS, "operators")
def test_operator(leaf):
    coplanar = "w" not in inspect.signature(leaf).parameters
    exact, vis = problem(coplanar=coplanar)
    points = directions(exact, coplanar=coplanar)
    shape = exact.grid.shape if "grid" in inspect.signature(leaf).parameters else (exact.grid.size,)
    offers = {"u": vis.u, "v": vis.v, "w": vis.w, "grid": exact.grid, "l": points[:, 0], "m": points[:, 1]}
    operator = made(leaf, {**offers, "tolerance": TOLERANCE, "vis": vis})
    assert operator.shape == shape
    for seed in range(5):
        check_adjoint(operator, seed=seed, tolerance=10 * TOLERANCE)
    check_operator(operator, uvw=vis.uvw, directions=points, seed=1, tolerance=10 * TOLERANCE)


@each(EQUATIONS, "operators")
def test_normal_equations(leaf):
    coplanar = "statistics" in inspect.signature(leaf).parameters
    exact, vis = problem(coplanar=coplanar)
    offers = {"statistics": measure(vis, exact.grid), "vis": vis, "grid": exact.grid, "tolerance": TOLERANCE}
    check_equations(made(leaf, offers), exact, seed=2, tolerance=10 * TOLERANCE)


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
@each(OPS, "operators.graph")
def test_op(leaf):
    exact, vis = problem(coplanar=True)
    normal, nufft = Normal(measure(vis, exact.grid)), Nufft(vis.u, vis.v, exact.grid, tolerance=TOLERANCE)
    op = made(leaf, {"normal": normal, "nufft": nufft})
    values = np.random.default_rng(3).normal(size=getattr(op, "source", exact.grid.shape))
    check_op(op, values, seed=4)


PRIOR_NUMBERS = {
    **{"level": 0.7, "default": 0.7, "length": 2.0, "cell": 1.0, "q_max": 0.3, "kernel": bayesim.priors.Matern(2.0)},
    # atoms and wavelets of two scales fit pixels as few as those of the checks
    **{"levels": 2, "coefficients": bayesim.priors.Laplace(1.7)},
    **{"dictionary": starlet(Grid((6, 5), cell=1e-5), levels=2)},
    **{"weight": np.linspace(0.5, 2.0, 30).reshape(6, 5)},
    **{"expected": 3.0, "noise": 0.1, "slab": 1.0, "spike": 0.05, "inclusion": 0.1},
    **{"flux": bayesim.priors.LogNormalFlux(2.0), "shape": bayesim.priors.Simplex()},
}
"""A typical value of every parameter of an image prior, for pixels of unit side."""


@each(PRIORS, "priors")
def test_prior(leaf):
    check_prior(lambda rate: made(leaf, {**PRIOR_NUMBERS, "rate": rate}), seed=5)


@each(IMAGE_PRIORS, "priors")
def test_image_prior(leaf):
    check_image_prior(made(leaf, {**PRIOR_NUMBERS, "rate": 1.7}), seed=13)


@each(HYPER_PRIORS, "priors")
def test_hyper_prior(leaf):
    pm = pytest.importorskip("pymc", reason="PyMC is a dependency of the package")
    prior = made(leaf, {"scale": 2.0, "shape": 1.5, "factor": 2.0})
    with pm.Model() as model:
        variable = prior.variable("strength")
    assert model.free_RVs == [variable]
    draws = pm.draw(variable, draws=200, random_seed=6)
    assert np.all(np.isfinite(draws))
    assert np.all(draws > 0)


SIZE = 4e-8
"""Radians: about 8 mas, a large star."""
NUMBERS = {
    **dict.fromkeys(("diameter", "fwhm", "separation"), SIZE),
    **{"width": 0.3 * SIZE, "l": 0.7 * SIZE, "m": -0.4 * SIZE, "inclination": 0.9, "position_angle": 0.7},
    **{"flux": 1.3, "flux_ratio": 0.4, "limb_darkening": 0.14, "q1": 0.4, "q2": 0.3, "axis_ratio": 0.6},
    **{"hole": 0.6, "shift": 0.7, "spectral_index": -0.7},
    **{"fluxes": np.array([1.0, 0.5, 0.2]), "diameters": SIZE * np.array([0.2, 0.5, 1.0])},
    **{"widths": SIZE * np.array([0.1, 0.2, 0.1]), "cosine": np.array([0.3, -0.1]), "sine": np.array([0.1, 0.05])},
    **{"brightness": np.exp(-np.linspace(0.0, 1.5, 12)) / SIZE**2},
}
"""A typical value of every parameter of a source: the vocabulary of the field."""
VECTORS = {"l": SIZE * np.array([0.7, -0.3, 0.1]), "m": SIZE * np.array([-0.4, 0.2, 0.9])}
"""Positions of sources that have many."""
DATA = {"radius": np.linspace(0.0, SIZE, 12), "frequency": 2e9, "reference": 2e9}
ROOTS = {"q1"}
"""Parameters of which a square root is taken, so that the derivative at zero is infinite."""


@each(SOURCES, "sources")
def test_source(leaf):
    names = inspect.signature(leaf).parameters
    numbers = NUMBERS | (VECTORS if "fluxes" in names else {})
    inner = {"source", "sources"} & set(names)
    unknown = sorted(set(names) - set(numbers) - set(DATA) - inner)
    assert not unknown, f"{leaf.__name__} has parameters {unknown}, which the contract test does not know: NUMBERS"
    free = {name: numbers[name] for name in names if name in numbers}
    fixed = {name: DATA[name] for name in names if name in DATA}

    def make(*, part=1.1, **parameters):
        crescent = bayesim.sources.Crescent(part, diameter=SIZE, hole=0.5, shift=0.6)
        held = {"source": crescent, "sources": (crescent, bayesim.sources.Point(0.3))}
        return leaf(**fixed, **parameters, **{name: held[name] for name in inner})

    # what is wrapped has a parameter too, so that the gradient must pass through the wrapper
    free |= {"part": 1.1} if inner else {}
    check_source(make, free, seed=12, vanishing=sorted(set(free) - ROOTS))


@each(FORMATS, "data")
def test_format(leaf, tmp_path):
    assert callable(leaf.read)
    check_format(leaf, tmp_path, seed=7)


@each([leaf for leaf in FORMATS if any(name.startswith("write_") for name in vars(leaf))], "data")
def test_written_format(leaf, tmp_path):
    (write,) = (item for name, item in vars(leaf).items() if name.startswith("write_"))
    _, vis = problem(coplanar=False)
    path = tmp_path / "observation"
    check_round_trip(leaf, write, vis, path)
    (tmp_path / "cut").mkdir()
    check_damage(leaf, path, tmp_path / "cut", seed=8)


@each(SOLVERS, "solvers")
@pytest.mark.parametrize("prior", SPARSE_PRIORS)
def test_solver(leaf, prior):
    check_solver(made(leaf, {"relative_gap": 1e-9}).solve, prior, seed=9)


@pytest.mark.slow
@each(SAMPLERS, "samplers")
def test_sampler(leaf):
    check_sampler(lambda model, *, seed: leaf.sample(model, seed=seed, draws=2500, tune=500, chains=2), seed=10)


def test_every_public_class_of_the_sources_is_under_a_contract():
    strays = [item for item in classes(bayesim.sources, "__init__") if item not in SOURCES]
    assert strays == [bayesim.sources.AsTruth]


def test_every_public_class_of_the_priors_is_under_a_contract():
    known = (*PRIORS, *IMAGE_PRIORS, *HYPER_PRIORS)
    strays = [item for item in classes(bayesim.priors, "__init__") if item not in known]
    assert strays == []
    assert len(PRIORS) >= 2
