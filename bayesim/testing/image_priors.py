"""A prior that makes an image can be drawn from, and has a finite, right gradient wherever a sampler may look."""

from typing import Any

import numpy as np

from bayesim.priors import ImagePrior

__all__ = ["check_image_prior"]

SHAPE = (6, 5)
DRAWS = 20
POINTS = 5
STEP = 1e-5


def check_image_prior(prior: ImagePrior, *, seed: int) -> None:
    """Assert what every prior of an image promises, hierarchical or not.

    Its variables are named after the image; draws are finite, differ, repeat with their seed, and move every pixel;
    log-density and gradient are finite about the start, and the gradient is that of the density.

    Parameters
    ----------
    prior : ImagePrior
        The prior under test.
    seed : int
        Seed of the draws and of the points.

    Raises
    ------
    AssertionError
        With the property that fails.
    """
    # importing PyMC takes seconds, and the other checks do not need it
    import pymc as pm
    import pytensor
    from pytensor.compile.mode import Mode

    assert isinstance(prior, ImagePrior), f"{prior!r} lacks variable(name, *, dims): see bayesim.priors.ImagePrior"
    # compiling a graph takes many times longer than these few evaluations of it; inner graphs would be compiled in C
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer="fast_compile"), cxx=""):
        with pm.Model(coords={"m": np.arange(SHAPE[0]), "l": np.arange(SHAPE[1])}) as model:
            variable = prior.variable("sky", dims=("m", "l"))
        assert model["sky"] is variable, "variable() must return what it adds under the name that it is given"
        assert model.named_vars_to_dims["sky"] == ("m", "l"), "the image must carry the dims it is given"
        strays = [other.name for other in model.free_RVs if not other.name.startswith("sky")]
        assert not strays, f"hidden variables {strays} are not named after the image"
        _check_draws(variable, seed)
        _check_gradient(model, seed)


def _check_draws(variable: Any, seed: int) -> None:
    # importing PyMC takes seconds, and the other checks do not need it
    import pymc as pm

    try:
        skies, again = (pm.draw(variable, draws=DRAWS, random_seed=seed) for _ in range(2))
    except NotImplementedError:
        # a density without draws of its own says so, and is sampled like any posterior
        return
    assert skies.shape == (DRAWS, *SHAPE), f"{DRAWS} draws have shape {skies.shape}"
    assert np.all(np.isfinite(skies)), "a draw is not finite"
    assert np.array_equal(skies, again), "the same seed gives other draws"
    still = np.count_nonzero(np.ptp(skies, axis=0) == 0)
    assert not still, f"{still} pixels never change"


def _check_gradient(model: Any, seed: int) -> None:
    rng, start = np.random.default_rng(seed), model.initial_point()
    logp, slope = model.compile_logp(), model.compile_dlogp()
    for spread in np.linspace(0.0, 1.0, POINTS):
        point = {name: value + spread * rng.standard_normal(np.shape(value)) for name, value in start.items()}
        step = {name: rng.standard_normal(np.shape(value)) for name, value in point.items()}
        height, gradient = float(logp(point)), slope(point)
        assert np.isfinite(height), f"log-density {height} at {spread} from the start"
        assert np.all(np.isfinite(gradient)), f"{np.count_nonzero(~np.isfinite(gradient))} slopes are not finite"
        if spread > 0:
            ends = [float(logp({n: v + s * STEP * step[n] for n, v in point.items()})) for s in (-1, 1)]
            found = float(gradient @ np.concatenate([np.ravel(step[variable.name]) for variable in model.value_vars]))
            change = (ends[1] - ends[0]) / (2 * STEP)
            assert abs(found - change) <= 1e-4 * (1 + abs(change)), f"gradient {found:.9g}, differences {change:.9g}"
