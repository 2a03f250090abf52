"""Regions of the provable saturation set: what the table says is true, and what it calls proven is."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.conventions import ARCSEC
from bayesim.maps import Beam, certificate_regions, region_labels
from bayesim.operators import Coplanar
from bayesim.priors import Laplace, PositiveLaplace
from bayesim.solvers import PolyClean
from bayesim.testing import ExactEquations

PHASE_CENTRE = (np.radians(202.5), np.radians(47.2))


def test_columns_agree_with_the_map(solution, statistics):
    beam = Beam(8 * ARCSEC, 6 * ARCSEC, 0.0)
    table = certificate_regions(solution, Coplanar(statistics), beam=beam, phase_centre=PHASE_CENTRE)
    labels, count = region_labels(solution)
    assert len(table) == count
    assert table["pixels"].sum() == np.count_nonzero(solution.saturation)
    assert table["flux"].sum() == pytest.approx(solution.fluxes.sum())
    assert table["atoms"].sum() == solution.indices.size
    np.testing.assert_allclose(table["area"], table["pixels"] * 4.0, rtol=1e-6)
    np.testing.assert_allclose(table["beams"] * beam.solid_angle, table["area"] * ARCSEC**2)
    assert np.all(np.diff(table["flux"]) <= 0)
    assert np.isfinite(table["dec"]).all()
    first = labels == table["region"][0]
    rows, columns = np.nonzero(first)
    assert np.radians(table["l"][0]) == pytest.approx(solution.grid.l[columns].mean())
    assert np.radians(table["m"][0]) == pytest.approx(solution.grid.m[rows].mean())
    assert table["peak_certificate"][0] == solution.certificate[first].max()
    # the brightest source is 8 pixels to the East and 4 to the North
    assert table["peak_l"][0] == pytest.approx(np.degrees(8 * solution.grid.cell))
    assert table["peak_m"][0] == pytest.approx(np.degrees(4 * solution.grid.cell))


@pytest.mark.parametrize("make", [Laplace, PositiveLaplace])
def test_what_is_proven_with_a_loose_gap_holds_at_the_optimum(make):
    proven = dropped = 0
    for seed in range(12):
        equations = ExactEquations.random(seed=seed, npix=14)
        prior = make(0.25 * make(1.0).lambda_max(equations.dirty))
        best = PolyClean(relative_gap=1e-11).solve(equations, prior)
        early = [PolyClean(relative_gap=1e-11, max_cycles=cycles).solve(equations, prior) for cycles in (1, 3)]
        # a larger gap than the true one is a valid, weaker statement
        weak = [replace(best, gap=share * best.objective) for share in (1e-6, 0.01, 0.03, 0.1, 1.0)]
        for rough in (*early, *weak):
            labels, _ = region_labels(rough)
            assert (labels.ravel()[best.indices] > 0).all()
            for row in certificate_regions(rough, equations):
                region = labels.ravel() == row["region"]
                holds = np.abs(best.image.ravel()[region]).sum() > 0
                assert holds or not row["holds_flux"], f"seed {seed}, gap {rough.gap:.2g}: empty region called proven"
                proven += row["holds_flux"]
                dropped += not row["holds_flux"]
    assert proven > 50
    assert dropped >= 12


def test_without_equations_nothing_is_proven(solution):
    table = certificate_regions(solution)
    assert not table["holds_flux"].any()
    assert "normal equations" in table.meta["holds_flux"]
    assert set(table["status"]) == {"may hold flux"}


def test_a_set_too_large_is_not_examined(solution, statistics, monkeypatch):
    monkeypatch.setattr("bayesim.maps._proof.LARGEST", 3)
    table = certificate_regions(solution, Coplanar(statistics))
    assert not table["holds_flux"].any()
    assert "more than" in table.meta["holds_flux"]


def test_an_empty_sky_has_an_empty_table():
    equations = ExactEquations.random(seed=1)
    solution = PolyClean().solve(equations, PositiveLaplace(1.1 * equations.dirty.max()))
    table = certificate_regions(solution, equations)
    assert len(table) == 0
    assert "status" in table.colnames
