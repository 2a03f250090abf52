import numpy as np
import pytest
from astropy.table import Table

from bayesim import plots
from bayesim.errors import ModelError


def _catalogue(rows):
    return Table(rows=rows, names=["l", "m", "flux", "flux_low", "flux_high"])


TRUTH = Table(rows=[(0.0, 0.0, 1.0), (0.1, 0.0, 0.5), (0.101, 0.0, 0.25), (0.5, 0.5, 0.2)], names=["l", "m", "flux"])


def test_matches_misses_and_blends_are_counted():
    table = _catalogue([(0.001, 0.0, 1.1, 0.9, 1.3), (0.1, 0.001, 0.6, 0.55, 0.65), (-0.4, 0.0, 0.1, 0.05, 0.15)])
    ax = plots.catalogue_truth(table, TRUTH, radius=0.01)
    assert ax.get_title(loc="left") == "2 matched, 1 missed, 1 spurious"
    labels = ax.get_legend_handles_labels()[1]
    assert "interval holds the truth (1)" in labels
    assert "interval misses it (1)" in labels
    assert "not found (1)" in labels
    # the blend of 0.5 and 0.25 Jy is one true flux
    points = np.concatenate([c.lines[0].get_xdata() for c in ax.containers])
    assert sorted(points.tolist()) == [0.75, 1.0]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_xlim() == ax.get_ylim()


def test_rows_without_an_interval_are_shown_without_one():
    table = _catalogue([(0.0, 0.0, 0.9, np.nan, np.nan)])
    ax = plots.catalogue_truth(table, TRUTH, radius=0.01)
    assert "no interval (1)" in ax.get_legend_handles_labels()[1]


def test_an_empty_catalogue_misses_everything():
    ax = plots.catalogue_truth(_catalogue([(0.0, 0.0, 1.0, 1.0, 1.0)])[:0], TRUTH, radius=0.01)
    assert ax.get_title(loc="left") == "0 matched, 4 missed, 0 spurious"


def test_a_truth_without_flux_is_refused():
    with pytest.raises(ModelError, match="positive flux"):
        plots.catalogue_truth(_catalogue([(0.0, 0.0, 1.0, 1.0, 1.0)]), TRUTH[:0], radius=0.01)
