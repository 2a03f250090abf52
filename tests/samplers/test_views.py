"""A smooth background integrated out, drawn, and put back: against the dense Gaussian model it stands for."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.priors import GammaRate
from bayesim.samplers import _source_chain, diagnose, gibbs, source_verdict
from bayesim.samplers._source_chain import SourceChain
from bayesim.samplers._views import Views
from bayesim.solvers.background import Background

from ._toy_sources import Toy

WIDTHS, SIZES = (1.0, 2.0), (np.array([0.5, 1.0]), np.array([1.5]))


class Smooth:
    """A toy of points with columns of blobs beside them, data about no fit."""

    def __init__(self, *, seed=4):
        self.toy = Toy(baselines=15)
        rng = np.random.default_rng(seed)
        self.blobs = [rng.standard_normal((30, n)) for n in (4, 2)]

    def behind(self, data):
        for width, sizes, columns in zip(WIDTHS, SIZES, self.blobs, strict=True):
            curvature, modes = np.linalg.eigh(columns.T @ columns)
            yield Background(
                width=width,
                l=np.arange(len(modes)) * 1.0,
                m=np.zeros(len(modes)),
                shape=np.eye(2),
                modes=modes,
                curvature=curvature,
                overlap=self.toy.matrix.T @ columns @ modes,
                pull=modes.T @ (columns.T @ data),
                sizes=sizes,
            )

    def candidates(self, data, *, flux=(0.0, 0.0, 0.0)):
        left = data - self.toy.matrix[:, ::6] @ np.array(flux)
        return replace(self.toy.candidates(data, flux=flux), behind=tuple(self.behind(left)))

    def covariance(self, index):
        """Return that of unit-noise data in front of a background, by number."""
        every = [(0, 0.0), *((i, size) for i, sizes in enumerate(SIZES) for size in sizes)]
        i, size = every[index]
        return np.eye(30) + size**2 * self.blobs[i] @ self.blobs[i].T


@pytest.fixture(scope="module")
def smooth():
    return Smooth()


@pytest.fixture(scope="module")
def data(smooth):
    rng = np.random.default_rng(7)
    return smooth.blobs[0] @ rng.standard_normal(4) + rng.standard_normal(30) + 2.0 * smooth.toy.matrix[:, 0]


def views(smooth, data):
    return SourceChain(smooth.candidates(data), GammaRate(1.0, 1.0), 1).views


@pytest.mark.parametrize("index", range(4))
def test_chi_squared_is_that_of_the_correlated_data(smooth, data, index):
    view, inverse = views(smooth, data).seen(index), np.linalg.inv(smooth.covariance(index))
    matrix = smooth.toy.matrix
    assert np.allclose(view.gram, matrix.T @ inverse @ matrix)
    assert np.allclose(view.pull, matrix.T @ inverse @ data)
    assert view.energy == pytest.approx(data @ inverse @ data)


def log_odds(smooth, left):
    """Return those of every background given what points leave of the data."""
    evidence = []
    for index in range(4):
        covariance = smooth.covariance(index)
        # the noise scale has the density 1/scale: what is left is a power of chi-squared
        chi2 = left @ np.linalg.solve(covariance, left)
        evidence.append(-15 * np.log(chi2) - 0.5 * np.linalg.slogdet(covariance)[1])
    return np.array(evidence) + np.log([0.5, 1 / 6, 1 / 6, 1 / 6])


def test_backgrounds_are_drawn_with_their_odds(smooth, data):
    excess = np.zeros(18)
    excess[0] = 2.0
    left, own = data - smooth.toy.matrix @ excess, views(smooth, data)
    log = log_odds(smooth, left)
    odds = np.exp(log - log.max())
    rng, start = np.random.default_rng(1), 2
    chi2 = left @ np.linalg.solve(smooth.covariance(start), left)
    drawn = [own.draw(rng, start, excess, chi2) for _ in range(4000)]
    share = odds / odds.sum()
    seen = np.bincount([index for index, _ in drawn], minlength=4) / len(drawn)
    assert np.all(np.abs(seen - share) < 4 * np.sqrt(share * (1 - share) / len(drawn)) + 1e-3)
    assert np.count_nonzero(seen > 0.02) > 1
    for index, energy in drawn[:20]:
        assert energy == pytest.approx(left @ np.linalg.solve(smooth.covariance(index), left))


def test_fluxes_of_blobs_have_their_conditional_law(smooth, data):
    own, rng, variance = views(smooth, data), np.random.default_rng(2), 1.7
    drawn = np.array([own.fluxes(rng, 2, np.zeros(18), variance) for _ in range(4000)])
    assert drawn.shape == (4000, 6)
    assert not drawn[:, 4:].any()
    columns = smooth.blobs[0]
    covariance = np.linalg.inv(columns.T @ columns + np.eye(4))
    mean = covariance @ columns.T @ data
    error = np.sqrt(variance * np.diag(covariance))
    assert np.all(np.abs(drawn[:, :4].mean(axis=0) - mean) < 4 * error / np.sqrt(4000))
    assert np.allclose(drawn[:, :4].std(axis=0), error, rtol=0.06)


def test_the_sampler_finds_point_and_background(smooth, data):
    tree = gibbs.sample(smooth.candidates(data), seed=1, draws=300, tune=50, chains=2, cores=1)
    posterior = tree["posterior"]
    assert posterior["background"].shape == (2, 300, 6)
    assert tree.attrs["thin"] == 8
    assert "1 or 2 beams" in tree.attrs["label"]
    total = posterior["flux"].sum("source") + posterior["background"].sum("blob")
    assert np.allclose(posterior["total_flux"], total)
    assert np.allclose(posterior["background_flux"], posterior["background"].sum("blob"))
    assert set(np.unique(posterior["background_width"])) <= {0.0, *WIDTHS}
    without = (posterior["background_width"] == 0).values
    assert not posterior["background"].values[without].any()
    assert posterior["background"].values[~without].any(axis=1).all()
    assert source_verdict(tree).ess_bulk_min > 50


def test_without_any_candidate_the_background_has_its_exact_posterior(smooth, data):
    found = replace(
        Toy(centres=np.empty((0, 2)), baselines=15).candidates(data),
        behind=tuple(replace(each, overlap=np.zeros((0, each.pull.size))) for each in smooth.behind(data)),
    )
    tree = gibbs.sample(found, seed=3, draws=1500, tune=5, chains=2, thin=1, cores=1)
    log = log_odds(smooth, data)
    share = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    width = tree["posterior"]["background_width"].values
    for wanted, exact in zip((0.0, *WIDTHS), (share[0], share[1] + share[2], share[3]), strict=True):
        assert abs(np.mean(width == wanted) - exact) < 4 * np.sqrt(exact * (1 - exact) / 3000) + 1e-3
    assert 0.01 < share.max() < 0.99


_STEP = Views.step


def blind(self, index, other):
    """Leap as if the prior of backgrounds were another."""
    return _STEP(self, index, other)[0], 0.7 * (other - index)


def means(tree):
    """Return mean and Monte Carlo error of fluxes, number and the shares of all widths."""
    posterior = tree["posterior"]
    shares = [(posterior["background_width"].values == width).astype(float) for width in (0.0, *WIDTHS)]
    draws = [posterior[name].values for name in ("background_flux", "total_flux", "number")] + shares
    return np.array([(x.mean(), x.std() / np.sqrt(diagnose(x[..., None]).ess_bulk[0])) for x in draws])


def test_leaps_that_take_the_points_along_change_no_law(smooth, data, monkeypatch):
    found = smooth.candidates(data, flux=(2.0, 0.5, 0.0))
    moved = np.abs(SourceChain(found, GammaRate(1.0, 1.0), 1).views.step(0, 1)[0])
    assert moved[:2].min() > 0
    assert not moved[2].any()
    how = {"seed": 4, "draws": 2500, "tune": 50, "chains": 2, "thin": 2, "cores": 1}
    after = means(gibbs.sample(found, **how))
    with monkeypatch.context() as changed:
        changed.setattr(Views, "step", blind)
        wrong = means(gibbs.sample(found, **how))
    monkeypatch.setattr(_source_chain, "leap", lambda *arguments, **named: None)
    exact = means(gibbs.sample(found, **how))
    scores = [np.abs(x[:, 0] - exact[:, 0]) / np.hypot(x[:, 1], exact[:, 1]) for x in (after, wrong)]
    assert scores[0].max() < 4
    assert scores[1].max() > 5
