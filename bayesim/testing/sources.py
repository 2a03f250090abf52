"""A source has one brightness: its closed form, its image and its derivatives are held to an exact sum."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.operators import Dft
from bayesim.sky import Grid
from bayesim.sources import Offset, Rotated, Source

__all__ = ["check_image", "check_place", "check_slope", "check_source", "check_transform"]

Floats = NDArray[np.float64]
Make = Callable[..., Source]
Parameters = Mapping[str, Any]

BASELINES = 40
POINTS = 50
"""Points at which the gradient is compared with central differences."""

RADIANS_ACROSS = 12.0
"""Largest phase between centre and edge of the source: a few lobes of its visibility."""

ANGLE = 0.6
STEP = 1e-5
"""Of a central difference, relative to the parameter."""


def check_source(make: Make, parameters: Parameters, *, seed: int, vanishing: Sequence[str] = ()) -> None:
    """Assert everything that a source promises.

    Parameters
    ----------
    make : callable
        Builds the source from the parameters as keywords, numbers or PyTensor variables.
    parameters : mapping of str to float or ndarray
        A typical value of every parameter that may be a variable, none of them zero.
    seed : int
        Seed of baselines and perturbations.
    vanishing : sequence of str
        Parameters that may be zero, sizes above all.

    Raises
    ------
    AssertionError
        With the claim that fails.
    """
    source = make(**parameters)
    assert isinstance(source, Source), "derive a source from bayesim.sources.Source"
    check_transform(source, seed=seed)
    check_image(source, seed=seed)
    check_place(source, seed=seed)
    check_slope(make, parameters, seed=seed, vanishing=vanishing)


def check_transform(source: Source, *, seed: int) -> None:
    """Assert that the closed form is the exact sum over the samples, Hermitian, and the flux at zero baseline.

    Raises
    ------
    AssertionError
        The difference exceeds 1e-8 of the flux.
    """
    u, v = _baselines(source, seed)
    l, m, flux = source.samples(_reach(source) / 100)
    total = float(np.abs(flux).sum())
    seen = _seen(source, u, v)
    error = float(np.abs(seen - Dft(u, v, None, l, m).forward(flux)).max())
    assert error <= 1e-8 * total, f"the closed form is off the sum over the samples by {error:.2g} of {total:.3g} Jy"
    (zero,) = _seen(source, np.zeros(1), np.zeros(1))
    assert abs(zero - float(_value(source.flux))) <= 1e-12 * total, f"{zero} at zero baseline, flux {source.flux}"
    mirrored = _seen(source, -u, -v)
    assert np.abs(mirrored - seen.conj()).max() <= 1e-12 * total, "the visibility is not Hermitian"


def check_image(source: Source, *, seed: int) -> None:
    """Assert that the image holds the flux, and that its exact sum approaches the closed form with the pixel squared.

    The share of a pixel's neighbours costs at most ``(pi u cell)^2 / 2`` per axis, plus what the samples leave.

    Raises
    ------
    AssertionError
        With the number of pixels at which it fails.
    """
    u, v = _baselines(source, seed)
    seen, reach = _seen(source, u, v), _reach(source)
    total = float(np.abs(source.samples(reach / 100)[2]).sum())
    for npix in (40, 80):
        grid = Grid(npix, cell=2.5 * reach / npix)
        image = source.image(grid)
        lost = abs(float(image.sum()) - float(_value(source.flux)))
        assert lost <= 1e-9 * total, f"the image holds {image.sum():.9g} Jy of {_value(source.flux):.9g}"
        error = np.abs(Dft.on_grid(u, v, None, grid).forward(image) - seen)
        bound = total * (0.5 * (np.pi * grid.cell) ** 2 * (u**2 + v**2) + 1e-3)
        assert np.all(error <= bound), (
            f"at {npix} pixels the image is off by {np.max(error / bound):.3g} times its bound"
        )


def check_place(source: Source, *, seed: int) -> None:
    """Assert that East, North and the sense of a position angle are those of the conventions.

    Raises
    ------
    AssertionError
        With the wrapper that fails.
    """
    u, v = _baselines(source, seed)
    seen, reach = _seen(source, u, v), _reach(source)
    total = float(np.abs(source.samples(reach / 100)[2]).sum())
    moved = _seen(Offset(source, l=0.4 * reach, m=-0.7 * reach), u, v)
    expected = seen * np.exp(-2j * np.pi * reach * (0.4 * u - 0.7 * v))
    assert np.abs(moved - expected).max() <= 1e-12 * total, "an offset does not turn the phase by -2 pi (ul + vm)"
    # what pointed along (u, v) points along the position angle of the direction turned from North through East
    c, s = np.cos(ANGLE), np.sin(ANGLE)
    turned = _seen(Rotated(source, ANGLE), u * c + v * s, v * c - u * s)
    assert np.abs(turned - seen).max() <= 1e-10 * total, "a rotation is not from North through East"


def check_slope(make: Make, parameters: Parameters, *, seed: int, vanishing: Sequence[str] = ()) -> None:
    """Assert that derivatives agree with central differences to 1e-6, at zero baseline and zero size as well.

    Raises
    ------
    AssertionError
        With the point at which they do not.
    """
    # importing PyTensor takes seconds, and the checks of other rooms do not need it
    import pytensor
    import pytensor.tensor as pt

    rng = np.random.default_rng(seed)
    typical = {name: np.asarray(value, dtype=np.float64) for name, value in parameters.items()}
    u, v = _baselines(make(**parameters), seed)
    u[0] = v[0] = 0.0
    inputs = {name: pt.tensor(name, dtype="float64", shape=value.shape) for name, value in typical.items()}
    loss = pt.sum(make(**inputs).visibility(u, v) * rng.standard_normal((2, u.size)))
    slopes = pt.grad(loss, list(inputs.values()), disconnected_inputs="ignore")
    function = pytensor.function(list(inputs.values()), [loss, *slopes], mode=_python())
    points = [{n: x * rng.uniform(0.7, 1.3, x.shape) for n, x in typical.items()} for _ in range(POINTS)]
    points += [{**typical, name: 0.0 * typical[name]} for name in vanishing]
    for point in points:
        along = {name: rng.choice([-1.0, 1.0], x.shape) * x for name, x in typical.items()}
        _, *gradient = function(*point.values())
        parts = np.concatenate([np.ravel(g * d) for g, d in zip(gradient, along.values(), strict=True)])
        assert np.all(np.isfinite(parts)), f"the gradient is not finite at {point}"
        ahead, behind = (function(*(x + s * along[n] for n, x in point.items()))[0] for s in (STEP, -STEP))
        error = abs(float(parts.sum()) - float(ahead - behind) / (2 * STEP))
        size = float(np.abs(parts).sum())
        assert error <= 1e-6 * size, f"the gradient is off by {error:.2g} of {size:.2g} at {point}"


def _baselines(source: Source, seed: int) -> tuple[Floats, Floats]:
    longest = RADIANS_ACROSS / (2 * np.pi * _reach(source))
    u, v = np.random.default_rng(seed).uniform(-longest, longest, (2, BASELINES)) / np.sqrt(2)
    return u, v


def _reach(source: Source) -> float:
    """Return the largest distance of a sample from the phase centre, a microradian for a point there."""
    l, m, _ = source.samples(np.inf)
    return float(np.hypot(l, m).max()) or 1e-6


def _seen(source: Source, u: Floats, v: Floats) -> NDArray[np.complex128]:
    real, imag = _value(source.visibility(u, v))
    return np.asarray(real + 1j * imag)


def _value(variable: Any) -> Any:
    """Return the number that a graph without inputs stands for; a number stays itself."""
    if not hasattr(variable, "owner"):
        return variable
    import pytensor

    return pytensor.function([], variable, mode=_python())()


def _python() -> Any:
    """Return the mode without a compiler: the graph is the same, and one compilation takes many seconds."""
    from pytensor.compile.mode import Mode

    return Mode(linker="py", optimizer=None)
