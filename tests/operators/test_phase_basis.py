"""The expansion of the w phase: error, rank, and the case without w."""

import numpy as np
import pytest

from bayesim.operators._phase_basis import PhaseBasis


@pytest.mark.parametrize("bandwidth", [0.0, 1e-3, 0.5, 4.25, 30.0, 150.0])
@pytest.mark.parametrize("tolerance", [1e-3, 1e-7, 1e-12])
def test_expansion_reaches_its_tolerance(bandwidth, tolerance):
    basis = PhaseBasis.of_bandwidth(bandwidth, tolerance=tolerance)
    x = np.linspace(-1, 1, 201)
    signs = np.where(np.arange(basis.rank) < basis.n_even, 1, 1j)
    error = np.abs(np.exp(1j * bandwidth * np.outer(x, x)) - (basis.factors(x) * signs) @ basis.at(x)).max()
    assert error <= 2 * tolerance  # the corners lie just outside the nodes on which the rank was chosen
    assert basis.error <= tolerance


def test_rank_is_that_of_the_bandwidth():
    assert PhaseBasis.of_bandwidth(0.0, tolerance=1e-12).rank == 1
    ranks = [PhaseBasis.of_bandwidth(c, tolerance=1e-7).rank for c in (1.0, 10.0, 100.0)]
    # 2 c / pi functions carry the energy of a band-limited kernel (Slepian & Pollak 1961), plus a few for 1e-7
    assert all(2 * c / np.pi <= rank <= 2 * c / np.pi + 22 for c, rank in zip((1.0, 10.0, 100.0), ranks, strict=True))


def test_blocks_change_nothing(monkeypatch):
    basis = PhaseBasis.of_bandwidth(4.0, tolerance=1e-9)
    x = np.linspace(-1, 1, 57)
    whole = basis.factors(x)
    monkeypatch.setattr("bayesim.operators._phase_basis._BLOCK", 10)
    np.testing.assert_allclose(basis.factors(x), whole, atol=1e-14)
