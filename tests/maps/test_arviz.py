"""ArviZ's own functions work unchanged on the trees of both analyses, sources and pixels."""

import arviz as az
import matplotlib.pyplot as plt
import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.data import PointSource, array, observe
from bayesim.errors import DataError
from bayesim.maps import celestial_coordinates
from bayesim.operators import Coplanar, Nufft, measure
from bayesim.priors import GammaRate, PositiveLaplace
from bayesim.samplers import LogConcave, pointwise, predicted_image, skrock, sparse_sources
from bayesim.sky import Grid
from bayesim.solvers import PolyClean, solve_at_noise

GRID = Grid(32, cell="3 arcsec")
CENTRE = (np.radians(30.0), np.radians(40.0))


@pytest.fixture(scope="module")
def vis():
    return observe(
        array("vla.d"),
        sources=[PointSource(0.06, 30 * ARCSEC, 0.0), PointSource(0.03, -20 * ARCSEC, 20 * ARCSEC)],
        declination=CENTRE[1],
        hour_angles=np.array([0.0]),
        frequency=8.4e9,
        sigma=1e-3 * np.sqrt(351),
        seed=3,
        right_ascension=CENTRE[0],
    )


@pytest.fixture(scope="module")
def sources(vis):
    tree = sparse_sources(vis, GRID, seed=1, draws=60, tune=20, chains=2, cores=1)
    return celestial_coordinates(tree, vis.phase_centre)


@pytest.fixture(scope="module")
def pixels(vis):
    equations = Coplanar(measure(vis, GRID))
    start = solve_at_noise(equations, PositiveLaplace, sigmas=4.0, solver=PolyClean(relative_gap=1e-4))
    problem = LogConcave(equations, PositiveLaplace, rate=GammaRate(1.0, vis.sum_weight**0.5))
    tree = skrock.sample(problem, start=start, seed=1, draws=60, tune=20, chains=2)
    found = pointwise(tree, predicted_image(tree, vis, Nufft(vis.u, vis.v, GRID), draws=60), seed=1)
    return celestial_coordinates(found, vis.phase_centre)


@pytest.fixture(params=["sources", "pixels"])
def tree(request):
    yield request.getfixturevalue(request.param)
    plt.close("all")


def test_tables(tree):
    scalars = {name: draws for name, draws in tree["posterior"].data_vars.items() if draws.dims == ("chain", "draw")}
    # a number of sources that never changes has no R-hat
    names = [name for name, draws in scalars.items() if draws.values.std() > 0]
    table = az.summary(tree, var_names=names)
    assert table.index.tolist() == names
    assert np.isfinite(table[["mean", "sd", "ess_bulk", "r_hat"]].astype(float)).all(axis=None)


@pytest.mark.parametrize("draw", [az.plot_trace, az.plot_trace_dist, az.plot_rank, az.plot_dist])
def test_figures_of_draws(tree, draw):
    assert draw(tree, var_names=["lambda"], backend="matplotlib").viz


@pytest.mark.parametrize("draw", [az.plot_ppc_dist, az.plot_ppc_tstat, az.plot_loo_pit])
def test_figures_of_predictions(tree, draw):
    assert draw(tree.isel(visibility=slice(0, 60)), backend="matplotlib").viz


def test_a_figure_of_one_dimension(tree):
    """ArviZ 1.3 draws this of one dimension of data only."""
    assert az.plot_ppc_pit(tree.sel(component="real"), backend="matplotlib").viz


@pytest.mark.filterwarnings("ignore:Estimated shape parameter")
def test_two_analyses_of_the_same_data_are_compared(sources, pixels):
    few = {name: tree.isel(visibility=slice(0, 120)) for name, tree in {"sources": sources, "pixels": pixels}.items()}
    found = {name: az.loo(tree, pointwise=True) for name, tree in few.items()}
    assert found["sources"].n_data_points == 240
    assert all(np.isfinite(each.elpd) for each in found.values())
    assert found["sources"].elpd_i.dims == ("component", "visibility")
    table = az.compare(few)
    assert set(table.index) == {"sources", "pixels"}


def test_visibilities_carry_what_they_were_measured_with(tree, vis):
    data = tree["log_likelihood"]["visibilities"]
    assert data.dims == ("chain", "draw", "component", "visibility")
    np.testing.assert_array_equal(data["antenna2"], vis.antenna2)
    np.testing.assert_array_equal(data["time"], vis.time)
    long = data.where(data["baseline_length"] > 1e4, drop=True)
    assert 0 < long.sizes["visibility"] < len(vis)


def test_images_and_sources_are_on_the_sky(sources, pixels):
    image = pixels["posterior"]["image"]
    assert image["ra"].dims == ("m", "l")
    brightest = image.mean(("chain", "draw"))
    row, column = np.unravel_index(np.argmax(brightest.values), brightest.shape)
    one = brightest.isel(m=row, l=column)
    # 30 arcsec to the East: larger right ascension, by 1 / cos(declination)
    assert (float(one["ra"]) - 30.0) * np.cos(CENTRE[1]) * 3600 == pytest.approx(30.0, abs=3)
    flux = sources["posterior"]["flux"].mean(("chain", "draw"))
    brightest = flux.isel(source=int(np.argmax(flux.values)))
    assert (float(brightest["ra"]) - 30.0) * np.cos(CENTRE[1]) * 3600 == pytest.approx(30.0, abs=1)
    assert float(brightest["dec"]) == pytest.approx(40.0, abs=1 / 3600)
    assert "ra" not in sources["log_likelihood"].coords


def test_without_a_phase_centre_nothing_is_added(pixels, sources):
    assert celestial_coordinates(pixels, None) is pixels
    with pytest.raises(DataError, match="no candidate_l"):
        celestial_coordinates(sources.filter(lambda node: node.name != "constant_data"), CENTRE)
