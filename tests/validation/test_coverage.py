"""Injected sources are matched by place; an honest analysis covers, one that boasts does not."""

import numpy as np
import pytest
import xarray as xr

from bayesim.data import PointSource, array, observe
from bayesim.errors import DataError, ModelError
from bayesim.maps import Beam
from bayesim.validation import coverage, coverage_table, field_summary, inclusion_table
from bayesim.validation._claims import read_claims
from bayesim.validation._injection import beam_of, places

HOURS = [-0.06, 0.0, 0.06]
RADIUS = 2e-3


@pytest.fixture(scope="module")
def vis():
    one = (PointSource(1.0, 0.0, 0.0),)
    return observe(
        array("vla.c"), sources=one, declination=0.6, hour_angles=HOURS, frequency=1.4e9, snr=100.0, seed=1
    )


def catalogue(flux, included, l, m):
    draws = ("chain", "draw", "source")
    posterior = {"flux": (draws, flux), "included": (draws, included), "l": ("source", l), "m": ("source", m)}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(posterior)})


def oracle(places, *, spread=1.0, boast=0.0, ghost=0.0, seed=0):
    """An analysis told where to look: the least-squares fluxes there, with their Gaussian posterior.

    ``boast`` (thermal noise) is added to every flux, ``ghost`` is the inclusion of a candidate where nothing is.
    """
    rng = np.random.default_rng(seed)

    def analyse(vis):
        l, m = next(places)
        columns = [PointSource(1.0, *at).visibilities(vis.u, vis.v, vis.w) for at in zip(l, m, strict=True)]
        design = np.array(columns).reshape(-1, len(vis))
        inverse = np.linalg.inv((design.conj() * vis.weight @ design.T).real)
        best = inverse @ (design.conj() @ (vis.weight * vis.data)).real + boast * vis.sigma_image
        flux = rng.multivariate_normal(best, spread**2 * inverse, (2, 300))
        flux = np.concatenate([flux, np.full((2, 300, 1), vis.sigma_image)], axis=2)
        included = np.concatenate([np.ones((*flux.shape[:2], l.size)), rng.uniform(size=(2, 300, 1)) < ghost], axis=2)
        return catalogue(flux, included, np.append(l, 2 * RADIUS), np.append(m, 0.0))

    return analyse


def known_places(vis, count, n, seed):
    """The places that a study with the same seed will draw."""
    from bayesim.validation import coverage as study

    seen = []

    def spy(field):
        seen.append(field)
        return catalogue(np.zeros((1, 2, 0)), np.zeros((1, 2, 0)), np.zeros(0), np.zeros(0))

    found = study(vis, spy, fluxes=np.arange(1, count + 1) * vis.sigma_image, n=n, seed=seed, radius=RADIUS)
    table = found.injected
    fields = np.asarray(table["field"])
    return iter([(np.asarray(table["l"])[fields == k], np.asarray(table["m"])[fields == k]) for k in range(n)]), found


def run(vis, *, n=60, count=3, seed=2, **fault):
    where, _ = known_places(vis, count, n, seed)
    fluxes = np.array([5.0, 10.0, 20.0][:count]) * vis.sigma_image
    return coverage(vis, oracle(where, **fault), fluxes=fluxes, n=n, seed=seed, radius=RADIUS)


def test_an_honest_analysis_covers(vis):
    study = run(vis)
    table = coverage_table(study)
    np.testing.assert_allclose(table["snr"], [5, 10, 20])
    assert list(table["n"]) == [60, 60, 60]
    covered = np.asarray(table["covered"])
    assert np.all((covered > 0.85) & (covered <= 1.0))
    assert np.all(table["covered_low"] <= covered)
    assert np.all(table["covered_high"] >= covered)
    assert np.all(np.abs(table["bias"]) < 4 * np.asarray(table["bias_error"]))
    assert np.all(table["detected"] == 1.0)
    summary = field_summary(study)
    assert summary["total_within_3_sd"] > 0.93
    assert abs(summary["total_z"]) < 4 / 60**0.5
    assert summary["false_per_field"] == 0.0 < summary["false_error"]


@pytest.mark.parametrize("fault", [{"spread": 0.4}, {"boast": 2.0}], ids=["too sure", "too bright"])
def test_a_dishonest_one_does_not(vis, fault):
    table = coverage_table(run(vis, **fault))
    assert np.all(np.asarray(table["covered_high"]) < 0.85)
    if "boast" in fault:
        np.testing.assert_allclose(table["bias"], 2.0, atol=5 * np.max(table["bias_error"]))


def test_ghosts_are_false_positives_and_spoil_inclusion(vis):
    study = run(vis, ghost=0.8)
    assert field_summary(study)["false_per_field"] == 1.0
    claims = inclusion_table(study)
    ghosts = claims[(np.asarray(claims["claimed"]) > 0.7) & (np.asarray(claims["claimed"]) < 0.9)]
    assert np.sum(ghosts["n"]) == 60
    assert np.all(ghosts["real"] == 0.0)
    assert claims[-1]["real"] == 1.0


def test_what_has_no_candidate_is_not_covered(vis):
    _, study = known_places(vis, 2, 3, 5)
    table = coverage_table(study)
    assert list(table["covered"]) == list(table["detected"]) == [0.0, 0.0]
    assert np.isnan(table["covered_detected"]).all()
    assert len(study.elsewhere) == 0
    # nothing is claimed of a sky that holds something
    assert field_summary(study)["total_within_3_sd"] == 0.0


def test_empty_fields_count_false_positives_only(vis):
    ghost = catalogue(np.ones((1, 4, 1)), np.ones((1, 4, 1)), np.zeros(1), np.zeros(1))
    study = coverage(vis, lambda vis: ghost, fluxes=(), n=4, seed=1, radius=RADIUS)
    assert len(study.injected) == 0
    assert field_summary(study)["false_per_field"] == 1.0
    assert inclusion_table(study)["real"][0] == 0.0


def test_a_source_split_in_two_is_one(vis):
    beam = beam_of(vis)
    flux, included = np.full((1, 4, 2), 3.0), np.zeros((1, 4, 2))
    included[0, :2, 0] = included[0, 2:, 1] = 1
    claims = read_claims(catalogue(flux, included, np.array([0.0, 0.2 * beam.minor]), np.zeros(2)))
    draws, inclusion = claims.together(claims.near(0.0, 0.0, beam))
    assert inclusion == 1.0
    np.testing.assert_array_equal(draws, 3.0)
    assert not claims.near(2 * beam.major, 0.0, beam).any()


def test_near_is_half_a_beam():
    beam = Beam(4e-5, 2e-5, 0.0)
    at = np.array([1.9e-5, 2.1e-5])
    claims = read_claims(
        catalogue(np.ones((1, 2, 4)), np.ones((1, 2, 4)), np.append(0 * at, at / 2), np.append(at, 0 * at))
    )
    assert claims.near(0.0, 0.0, beam).tolist() == [True, False, True, False]


def test_the_residual_is_the_noise_of_every_field(vis):
    seen = []

    def spy(field):
        seen.append(field.data)
        return catalogue(np.zeros((1, 2, 0)), np.zeros((1, 2, 0)), np.zeros(0), np.zeros(0))

    coverage(vis, spy, fluxes=(), n=2, seed=1, radius=RADIUS, residual=vis.data)
    assert all(np.array_equal(data, vis.data) for data in seen)
    coverage(vis, spy, fluxes=(), n=2, seed=1, radius=RADIUS)
    noise = np.concatenate(seen[2:])
    assert np.sum(np.tile(vis.weight, 2) * np.abs(noise) ** 2) / (4 * len(vis)) == pytest.approx(1.0, rel=0.1)


def test_places_are_uniform_and_apart(rng):
    apart = np.eye(2) / 0.3**2
    radii = []
    for _ in range(300):
        l, m = places(2, radius=1.0, apart=apart, rng=rng)
        assert np.hypot(l[0] - l[1], m[0] - m[1]) >= 0.3
        radii.append(np.hypot(l[0], m[0]))
    assert np.mean(np.square(radii)) == pytest.approx(0.5, abs=0.06)
    with pytest.raises(DataError, match="did not keep their distance"):
        places(40, radius=0.3, apart=apart, rng=rng)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"n": 0}, "at least 1"), ({"fluxes": [-1.0]}, "positive"), ({"residual": np.zeros(3)}, "one per visibility")],
)
def test_bad_input_is_refused(vis, options, message):
    settings = {"fluxes": [1.0], "n": 1, "seed": 1, "radius": RADIUS} | options
    with pytest.raises(DataError, match=message):
        coverage(vis, lambda vis: None, **settings)


def test_an_analysis_without_sources_is_refused(vis):
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset({"flux": (("chain", "draw"), np.zeros((1, 2)))})})
    with pytest.raises(ModelError, match="along 'source'"):
        coverage(vis, lambda vis: tree, fluxes=[1.0], n=1, seed=1, radius=RADIUS)
