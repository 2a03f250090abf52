"""A prior is the same thing from both sides: a penalty with prox and certificate, and a PyMC variable."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.priors import ConvexPrior, PixelPrior, Prior

__all__ = ["check_certificate", "check_density", "check_prior", "check_prox"]

Floats = NDArray[np.float64]
Make = Callable[[float], Prior]
MakeConvex = Callable[[float], ConvexPrior]

SHAPE = (6, 5)
RATE = 1.7
ROUNDING = 1e-10


def check_prior(make: Callable[[Any], PixelPrior], *, seed: int) -> None:
    """Assert the whole contract of a prior: of every prior, of a convex one, of a sparse one, as far as it goes.

    Parameters
    ----------
    make : callable
        The prior's class, or a function that returns the prior for a rate.
    seed : int
        Seed of the skies.

    Raises
    ------
    AssertionError
        With the part of the contract that is broken.
    """
    prior = make(RATE)
    for contract, parts in ((PixelPrior, ()), (ConvexPrior, ("prox",)), (Prior, ("lambda_max",))):
        asked = not parts or any(hasattr(prior, part) for part in parts)
        if asked and not isinstance(prior, contract):
            raise AssertionError(f"{prior!r} lacks a part of the contract: see bayesim.priors.{contract.__name__}")
    if isinstance(prior, ConvexPrior):
        check_prox(make, seed=seed)  # type: ignore[arg-type]
    if isinstance(prior, Prior):
        check_certificate(make, seed=seed)  # type: ignore[arg-type]
    check_density(make, seed=seed)


def check_prox(make: MakeConvex, *, seed: int) -> None:
    """Assert that ``prox(x, step)`` is the minimiser of ``1/2 ||z - x||^2 + step * value(z)``.

    Two tests, both exact for convex penalties: ``(x - prox)/step`` is a subgradient there (the penalty of any other
    sky lies above the plane it spans), and no perturbation, small or large, lowers the objective.

    Raises
    ------
    AssertionError
        A lower point or a violated inequality was found.
    """
    rng = np.random.default_rng(seed)
    prior = make(RATE)
    for step in (0.03, 0.4, 3.0):
        x = 2.0 * rng.standard_normal(SHAPE)
        z = prior.prox(x, step)
        assert z.shape == x.shape, f"prox returns shape {z.shape}, expected {x.shape}"
        value = prior.value(z)
        assert np.isfinite(value), f"prox leaves the support: value {value}"
        slope, height = (x - z) / step, 0.5 * np.sum((z - x) ** 2) + step * value
        for other in _others(z, rng):
            there = prior.value(other)
            plane = value + float(np.sum(slope * (other - z)))
            slack = ROUNDING * (1 + abs(plane) + abs(value))
            assert there >= plane - slack, f"(x - prox)/step is no subgradient at step {step}: {there} < {plane}"
            lower = 0.5 * np.sum((other - x) ** 2) + step * there
            assert lower >= height - ROUNDING * (1 + height), f"prox at step {step} is beaten: {lower} < {height}"


def check_certificate(make: Make, *, seed: int) -> None:
    """Assert that no pixel of the certificate exceeds 1 exactly where a sky can be optimal, and lambda_max with it.

    The problem is ``1/2 ||d - x||^2 + value(x)``, whose optimum is ``prox(d, 1)``: so the empty sky is optimal if and
    only if ``prox(d, 1) = 0``, and every claim can be compared with the prox.

    Raises
    ------
    AssertionError
        With the claim that fails.
    """
    rng = np.random.default_rng(seed)
    prior = make(RATE)
    dirty = 3 * RATE * rng.standard_normal(SHAPE)
    best = prior.prox(dirty, 1.0)
    assert np.any(best), "the example has an empty optimum: prox shrinks more than the rate asks"
    peak = float(prior.certificate(dirty - best).max())
    assert peak <= 1 + ROUNDING, f"the certificate of an optimum reaches {peak}"
    aligned, value = float(np.sum((dirty - best) * best)), prior.value(best)
    assert abs(aligned - value) <= ROUNDING * (1 + value), f"<gradient, x> = {aligned} is not the penalty {value}"
    for shrink in (0.0, 0.5, 0.99):
        peak = float(prior.certificate(dirty - shrink * best).max())
        assert peak > 1, f"{shrink} times the optimum is not optimal, yet its certificate stays at {peak}"
    edge = dirty / float(prior.certificate(dirty).max())
    for factor in (0.5, 1 - 1e-6):
        assert not np.any(prior.prox(factor * edge, 1.0)), (
            f"certificate {factor} at the empty sky, which is not optimal"
        )
    assert np.any(prior.prox((1 + 1e-6) * edge, 1.0)), "the certificate exceeds 1 at an optimal empty sky"
    _check_lambda_max(make, dirty)
    _check_lambda_max(make, -np.abs(dirty))


def _check_lambda_max(make: Make, dirty: Floats) -> None:
    limit = make(RATE).lambda_max(dirty)
    assert limit >= 0, f"lambda_max {limit} is negative"
    above = make(max(limit * (1 + 1e-6), 1e-9))
    assert not np.any(above.prox(dirty, 1.0)), f"just above lambda_max {limit} the sky is not empty"
    if limit > 0:
        below = make(limit * (1 - 1e-6))
        assert np.any(below.prox(dirty, 1.0)), f"just below lambda_max {limit} the sky is empty"


def check_density(make: Callable[[Any], PixelPrior], *, seed: int) -> None:
    """Assert that the log-density of the PyMC variable is ``log_normaliser - value`` at every rate.

    The rate enters the model as data and is changed under it: a normaliser that forgets the rate would make any
    inference of lambda meaningless, and is found here.

    Raises
    ------
    AssertionError
        The densities differ, or the supports do.
    """
    # importing PyTensor takes seconds, and the other checks do not need it
    import pytensor
    from pytensor.compile.mode import Mode

    # compiling a graph takes many times longer than these few evaluations of it
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer="fast_compile")):
        _check_density(make, seed)


def _check_density(make: Callable[[Any], PixelPrior], seed: int) -> None:
    # importing PyMC takes seconds, and the other checks do not need it
    import pymc as pm

    with pm.Model(coords={"m": np.arange(SHAPE[0]), "l": np.arange(SHAPE[1])}) as model:
        rate = pm.Data("rate", RATE)
        variable = make(rate).variable("sky", dims=("m", "l"))
    assert variable in model.free_RVs, "variable() must return the free random variable that it adds"
    assert model.named_vars_to_dims["sky"] == ("m", "l"), "variable() must carry the dims it is given"
    logp = model.compile_logp(jacobian=False)
    transform, name = model.rvs_to_transforms[variable], model.rvs_to_values[variable].name
    for strength in (0.3, RATE, 40.0):
        model.set_data("rate", strength)
        sky = _sky(variable, strength, seed)
        point = sky if transform is None else transform.forward(sky, *variable.owner.inputs).eval()
        found = float(logp({name: point}))
        prior = make(strength)
        expected = prior.log_normaliser(strength, sky.shape) - prior.value(sky)
        assert abs(found - expected) <= 1e-8 * (1 + abs(expected)), (
            f"at rate {strength} the variable has log-density {found:.12g}, log_normaliser - value is {expected:.12g}"
        )
    outside = float(pm.logp(variable, -np.abs(sky)).sum().eval())
    value = make(strength).value(-np.abs(sky))
    assert np.isinf(outside) == np.isinf(value), f"a negative sky has log-density {outside} but penalty {value}"


def _sky(variable: Any, strength: float, seed: int) -> Floats:
    """Draw from the prior; a prior that has no draws of its own must say so, and gets a positive sky of its scale."""
    # importing PyMC takes seconds, and the other checks do not need it
    import pymc as pm

    try:
        sky = np.asarray(pm.draw(variable, random_seed=seed))
    except NotImplementedError:
        sky = np.random.default_rng(seed).exponential(1 / strength, size=SHAPE)
    assert sky.shape == SHAPE, f"the variable draws shape {sky.shape}, expected {SHAPE}"
    return sky


def _others(z: Floats, rng: np.random.Generator) -> list[Floats]:
    """Return skies near and far: all pixels or one pixel moved, signs kept or not."""
    near = [z + size * rng.standard_normal(z.shape) for size in np.geomspace(1e-4, 3, 40)]
    single = []
    for size in np.geomspace(1e-4, 3, 40):
        other = z.copy()
        other.flat[rng.integers(z.size)] += size * rng.choice([-1.0, 1.0])
        single.append(other)
    positive = [np.abs(other) for other in near]
    inside = [np.where(z != 0, other, z) for other in near]
    return [*near, *single, *positive, *inside, 0 * z, 0.5 * z, 2 * z]
