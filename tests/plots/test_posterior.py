"""trace, rank, energy, lambda_posterior and history."""

from dataclasses import replace
from io import BytesIO

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from bayesim import plots
from bayesim.errors import ModelError
from bayesim.maps import hdi


def _tree(draws):
    return xr.DataTree.from_dict({"posterior": xr.Dataset({"x": (("chain", "draw"), draws)})})


def test_trace_draws_every_chain_and_counts_divergences(tree):
    ax = plots.trace(tree, "lambda")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), tree["posterior"]["lambda"].values[0])
    assert len(ax.lines) == 4  # and none for divergences, which there are not
    assert "4 chains, 0 divergences" in ax.get_title(loc="left")


def test_traces_share_a_figure_whose_layout_holds(tree):
    figure = Figure(figsize=(11.0, 7.0), layout="constrained")
    for ax in figure.subplots(2, 2).ravel():
        plots.trace(tree, "lambda", ax)
    # a collapsed layout is a warning, and warnings are errors
    figure.savefig(BytesIO(), bbox_inches="tight")
    assert all(ax.get_position().width > 0.2 for ax in figure.axes)


def test_trace_marks_divergences():
    diverging = np.zeros((2, 30), dtype=bool)
    diverging[1, [4, 9]] = True
    stats = xr.Dataset({"diverging": (("chain", "draw"), diverging)})
    tree = xr.DataTree.from_dict(
        {"posterior": _tree(np.zeros((2, 30)))["posterior"].to_dataset(), "sample_stats": stats}
    )
    assert plots.trace(tree, "x").lines[-1].get_xdata().tolist() == [4, 9]


def test_scalars_only(tree):
    with pytest.raises(ModelError, match="scalars"):
        plots.trace(tree, "image")
    with pytest.raises(ModelError, match=r"no posterior\['nothing'\].*lambda"):
        plots.rank(tree, "nothing")
    with pytest.raises(ModelError, match="sample_stats"):
        plots.energy(_tree(np.zeros((2, 4))))


def test_rank_band_holds_good_chains_and_not_a_shifted_one(rng):
    draws = rng.standard_normal((4, 400))
    assert "0 of 4" in plots.rank(_tree(draws), "x").get_title(loc="left")
    draws[2] += 1.0
    ax = plots.rank(_tree(draws), "x")
    # ranks of a chain that lies too high come late: its curve stays below
    assert ax.lines[2].get_ydata().min() < -0.15
    assert "0 of 4" not in ax.get_title(loc="left")


def test_rank_band_has_its_probability(rng):
    inside = [
        "0 of 3" in plots.rank(_tree(rng.standard_normal((3, 60))), "x").get_title(loc="left") for _ in range(60)
    ]
    # binomial(60, 0.95): 50 or fewer has probability 5e-4
    assert sum(inside) >= 51
    assert sum(inside) < 60


def test_energy_prints_the_lowest_bfmi(tree):
    energies = tree["sample_stats"]["energy"].values
    lowest = float(np.min(arviz_stats.bfmi(energies)))
    ax = plots.energy(tree)
    assert f"{lowest:.2f}" in ax.get_title(loc="left")
    slow = np.cumsum(np.random.default_rng(0).standard_normal((2, 500)), axis=1)
    stats = xr.Dataset({"energy": (("chain", "draw"), slow)})
    assert "poor" in plots.energy(xr.DataTree.from_dict({"sample_stats": stats})).get_title(loc="left")


def test_lambda_posterior_prints_its_interval(tree, solution):
    ax = plots.lambda_posterior(tree, reference=solution.rate)
    low, high = hdi(tree["posterior"]["lambda"].values.reshape(-1, 1))
    labels = " ".join(ax.get_legend_handles_labels()[1])
    assert f"95 % HDI {low[0]:.4g} to {high[0]:.4g}" in labels
    assert f"MAP used {solution.rate:.4g}" in labels
    assert ax.get_xlabel() == "λ (1/Jy)"


def test_history_of_gap_and_atoms(solution):
    ax = plots.history(solution)
    gaps = [step.gap / step.objective for step in solution.history]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), gaps)
    assert ax.get_yscale() == "log"
    twin = next(a for a in ax.get_figure().axes if a is not ax)
    assert twin.get_ylabel() == "Atoms"
    assert twin.lines[0].get_ydata()[-1] == solution.history[-1].atoms
    with pytest.raises(ModelError, match="no history"):
        plots.history(replace(solution, history=()))
