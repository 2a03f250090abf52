import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesim.maps import ess_bulk, ess_tail, rhat


def _chains(rng, *, chains, draws, correlation):
    """Autoregressive chains, one column per coefficient."""
    noise = rng.standard_normal((chains, draws, len(correlation)))
    out = noise.copy()
    for t in range(1, draws):
        out[:, t] = np.asarray(correlation) * out[:, t - 1] + noise[:, t]
    return out


@pytest.mark.parametrize(("chains", "draws"), [(4, 250), (2, 401), (3, 64), (4, 10)])
def test_agrees_with_arviz(rng, chains, draws):
    x = _chains(rng, chains=chains, draws=draws, correlation=[0.0, 0.5, 0.95, -0.6, 0.99])
    x[0, :, 3] += 2.0
    theirs = dict(chain_axis=0, draw_axis=1)
    np.testing.assert_allclose(rhat(x), array_stats.rhat(x, **theirs), rtol=1e-12)
    np.testing.assert_allclose(ess_bulk(x), array_stats.ess(x, method="bulk", **theirs), rtol=1e-10)
    tail = array_stats.ess(x, method="tail", prob=(0.05, 0.95), **theirs)
    np.testing.assert_allclose(ess_tail(x), tail, rtol=1e-10)


def test_chains_apart_are_seen(rng):
    x = rng.standard_normal((4, 200, 2))
    x[0, :, 0] += 3
    assert rhat(x)[0] > 1.4
    assert rhat(x)[1] < 1.03


def test_autoregressive_size_is_near_its_closed_form(rng):
    x = _chains(rng, chains=4, draws=4000, correlation=[0.8])
    assert ess_bulk(x)[0] == pytest.approx(16_000 * (1 - 0.8) / (1 + 0.8), rel=0.15)


def test_one_chain_and_constants():
    x = np.zeros((1, 50, 2))
    assert np.isnan(rhat(x)).all()
    assert np.all(ess_bulk(x) == 50)
    assert np.isnan(rhat(np.zeros((4, 50, 2)))).all()
    assert np.isnan(ess_bulk(np.zeros((4, 3, 2)))).all()
    assert np.isnan(ess_tail(np.zeros((4, 3, 2)))).all()
