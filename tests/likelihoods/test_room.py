"""Every leaf of the room keeps its contract: the room is walked, so a new file is tested without being named."""

import inspect

import numpy as np
import pymc as pm
import pytest

import bayesim.likelihoods
from bayesim.data import Closures, PerBaseline, Spectra, Visibilities, from_arrays
from bayesim.likelihoods import Gains, RoundCube, RoundLog, Smearing, StationGains, hann_correlation, log_normaliser
from bayesim.operators import Coplanar, Dft, NormalEquations, Statistics, measure
from bayesim.sky import Grid
from bayesim.sources import Gaussian, Offset, Point
from bayesim.testing import check_likelihood, check_sky_likelihood
from bayesim.testing.rooms import classes

LIKELIHOODS = classes(bayesim.likelihoods, "observe")
INSTRUMENT = [Gains, RoundCube, RoundLog, Smearing, StationGains]
"""What stands between sky and likelihood, and coordinates of a sky; tested in files of their own."""
OPTIONS = {"noise_scale": 1.4, "floor": 0.1, "degrees_of_freedom": 5.0}
"""A typical value of every option of ``observe``: the vocabulary of the room."""
SIZE = 1e-5
N = 24


def visibilities():
    rng = np.random.default_rng(1)
    u, v = rng.uniform(-2e4, 2e4, (2, N))
    data = rng.standard_normal(N) + 1j * rng.standard_normal(N)
    return from_arrays(u, v, data, sigma=rng.uniform(0.05, 0.1, N))


def per_baseline():
    vis, nan = visibilities(), np.full(N, np.nan)
    return PerBaseline(np.abs(vis.data), vis.weight**-0.5, vis.u, vis.v, nan, nan, np.full((N, 2), -1))


def closures():
    vis, n = visibilities(), N // 3
    nan, index, own = np.full(n, np.nan), np.arange(N).reshape(n, 3), np.arange(n)[:, None]
    partner, whitening = np.hstack([np.maximum(own - 1, 0), own]), np.tile([2.0, 8.0], (n, 1))
    whitening[0, 0] = 0.0
    shared = {"partner": partner, "whitening": whitening, "time": nan, "frequency": nan}
    stations, sign = np.full((n, 3), -1), np.ones((n, 3))
    return Closures(np.zeros(n), np.full(n, 0.13), vis.u, vis.v, index=index, sign=sign, stations=stations, **shared)


def parts():
    """Return what a likelihood may be made of, by type or else by name."""
    vis, grid = visibilities(), Grid((5, 6), cell=SIZE)
    statistics = measure(vis, grid)
    of_type = {
        **{Visibilities: vis, PerBaseline: per_baseline(), Closures: closures(), Spectra: Spectra(vis, 6)},
        **{Grid: grid, Statistics: statistics, NormalEquations: Coplanar(statistics)},
    }
    of_name = {"correlation": hann_correlation(), "indices": np.array([3, 8, 21])}
    return of_type, {**of_name, "fluxes": np.array([0.3, 0.1, 0.2]), "normaliser": log_normaliser(vis.weight)}


def made(leaf):
    of_type, of_name = parts()
    given = {}
    for name, parameter in inspect.signature(leaf).parameters.items():
        if name in of_name or parameter.annotation in of_type:
            given[name] = of_name[name] if name in of_name else of_type[parameter.annotation]
        else:
            assert parameter.default is not parameter.empty, (
                f"{leaf.__name__} needs {name}, which the contract test does not know: add it to parts()"
            )
    return leaf(**given)


def asked(leaf):
    """Return what ``observe`` looks at, and typical values of its options."""
    _, name, seen, *options = inspect.signature(leaf.observe).parameters
    assert name == "name", "the first argument of observe is the name of the variable"
    assert seen in ("model", "sky"), f"{leaf.__name__} observes a {seen!r}: model visibilities or a sky are known"
    unknown = sorted(set(options) - set(OPTIONS))
    assert not unknown, f"{leaf.__name__} has options {unknown}, which the contract test does not know: OPTIONS"
    return seen, {option: OPTIONS[option] for option in options}


@pytest.mark.parametrize("leaf", LIKELIHOODS, ids=lambda leaf: leaf.__name__)
def test_likelihood(leaf):
    likelihood, (seen, options) = made(leaf), asked(leaf)
    assert len(likelihood.label.split()) > 2
    if seen == "sky":
        grid, chosen = parts()[0][Grid], "indices" in inspect.signature(leaf).parameters
        pixels = parts()[1]["indices"] if chosen else np.arange(grid.size)
        vis, shape = visibilities(), (pixels.size,) if chosen else grid.shape
        l, m = grid.directions(pixels)
        columns = np.stack(
            [Dft(vis.u, vis.v, None, l[k : k + 1], m[k : k + 1]).forward(np.ones(1)) for k in range(l.size)]
        )
        check_sky_likelihood(likelihood, vis, columns.T, shape, seed=6)
        return

    def observe(flux, diameter, **numbers):
        sky = Gaussian(flux, SIZE * diameter) + Offset(Point(0.7), l=1.2 * SIZE, m=-0.5 * SIZE)
        return likelihood.observe("data", sky.visibility(*likelihood.baselines), **numbers)

    with pm.Model(coords=likelihood.coords) as model:
        variable = observe(1.0, 1.5, **options)
    assert model["data"] is variable, "observe() must return what it adds under the name that it is given"
    assert set(model.named_vars_to_dims["data"]) == set(likelihood.coords), "the variable has other dims than coords"
    truth = {"flux": 2.0, "diameter": 1.5, **options}
    # closures do not know the flux of one source, but that of two against each other
    check_likelihood(likelihood.coords, observe, truth, seed=7)


def test_every_public_class_of_the_room_is_under_a_contract():
    strays = [item for item in classes(bayesim.likelihoods, "__init__") if item not in LIKELIHOODS]
    assert sorted(strays, key=lambda item: item.__name__) == INSTRUMENT
    assert len(LIKELIHOODS) >= 11
