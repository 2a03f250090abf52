"""Closures of visibilities: blind to station gains, complete, not redundant, and with the right covariance."""

from dataclasses import replace

import numpy as np
import pytest

from bayesim.data import PointSource, array, closure_phases, log_closure_amplitudes, observe, read, scan_averaged
from bayesim.errors import DataError

SKY = [PointSource(1.0, 0.0, 0.0), PointSource(0.4, 3e-9, 5e-9)]
FORMS = [closure_phases, log_closure_amplitudes]
MODEL = {closure_phases: lambda p: np.angle(p), log_closure_amplitudes: lambda p: np.log(np.abs(p))}


@pytest.fixture(scope="module")
def clean():
    return simulate(0.01, None)


def simulate(sigma, seed):
    setup = {"declination": 0.4, "hour_angles": [-1.0, 0.0, 1.0], "frequency": 4.3e10, "sigma": sigma, "seed": seed}
    vis = observe(array("vlba"), sources=SKY, **setup)
    return vis.select((vis.antenna1 < 6) & (vis.antenna2 < 6), reason="six stations")


def expected(loops, form):
    """Return the closures of the true sky, from the definition."""
    seen = sum(source.visibilities(loops.u, loops.v, 0 * loops.u) for source in SKY)
    product = np.prod(
        seen[loops.index] ** loops.sign if form is log_closure_amplitudes else turned(seen, loops), axis=1
    )
    return MODEL[form](product)


def turned(seen, loops):
    legs = seen[loops.index]
    return np.where(loops.sign > 0, legs, legs.conj())


@pytest.mark.parametrize("form", FORMS)
def test_values_are_those_of_the_sky_whatever_the_gains(clean, form):
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.5, 2.0, 10) * np.exp(1j * rng.uniform(0, 6, 10))
    spoilt = replace(clean, data=clean.data * gain[clean.antenna1] * gain[clean.antenna2].conj())
    for vis in (clean, spoilt):
        loops = form(vis, snr=0.0)
        error = loops.value - expected(loops, form)
        error = np.angle(np.exp(1j * error)) if form is closure_phases else error
        assert np.abs(error).max() < 1e-6
    assert np.abs(expected(loops, form)).max() > 0.1


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_a_pair_does_not_matter(clean, form):
    odd = np.arange(len(clean)) % 2 == 1
    sign = np.where(odd, -1.0, 1.0)
    one, two = np.where(odd, (clean.antenna2, clean.antenna1), (clean.antenna1, clean.antenna2))
    data = np.where(odd, clean.data.conj(), clean.data)
    swapped = replace(clean, u=clean.u * sign, v=clean.v * sign, data=data, antenna1=one, antenna2=two)
    np.testing.assert_allclose(form(swapped).value, form(clean).value, atol=1e-12)


def test_sets_are_complete_without_redundancy(clean):
    times = np.unique(clean.time)
    stations = np.array(
        [np.unique([clean.antenna1[clean.time == t], clean.antenna2[clean.time == t]]).size for t in times]
    )
    assert stations.max() == 6
    # of N stations (N-1)(N-2)/2 triangles and N(N-3)/2 closure amplitudes are independent
    for form, expected_count in (
        (closure_phases, (stations - 1) * (stations - 2) // 2),
        (log_closure_amplitudes, stations * (stations - 3) // 2),
    ):
        found, count = np.unique(form(clean, snr=0.0).time, return_counts=True)
        np.testing.assert_array_equal(count, expected_count[np.isin(times, found)])


@pytest.mark.parametrize("form", FORMS)
def test_noise_is_white_after_whitening(form):
    pulls = []
    for seed in range(40):
        loops = form(simulate(0.03, seed))
        residual = loops.value - expected(loops, form)
        residual = np.angle(np.exp(1j * residual)) if form is closure_phases else residual
        pulls.append(np.sum(loops.whitening * residual[loops.partner], axis=1)[: 10 if form is closure_phases else 9])
    pulls = np.array(pulls)
    assert np.mean(pulls**2) == pytest.approx(1.0, abs=0.2)
    assert np.abs(np.corrcoef(pulls.T) - np.eye(pulls.shape[1])).mean() < 0.25


def test_weak_baselines_are_left_out_and_counted(clean):
    weak = clean.antenna1 == 0
    dim = replace(clean, weight=np.where(weak, 1e-6, clean.weight))
    loops = closure_phases(dim)
    assert dict(loops.account.dropped)["SNR below 3"] == weak.sum()
    assert not np.any(loops.stations == 0)


def test_what_cannot_close_is_refused(clean):
    with pytest.raises(DataError, match="antennas and the time"):
        closure_phases(replace(clean, antenna1=np.full(len(clean), -1, dtype=np.int32)))
    with pytest.raises(DataError, match="no loop closes"):
        closure_phases(clean.select(clean.antenna1 == 0, reason="one station"))
    with pytest.raises(DataError, match="0 or more"):
        closure_phases(clean, snr=-1.0)
    with pytest.raises(DataError, match="occurs twice"):
        closure_phases(replace(clean, time=np.full(len(clean), 5e4)))


def test_scans_are_averaged(clean):
    times = clean.time[None] + np.arange(4)[:, None] * 10 / 86400
    long = {n: np.tile(getattr(clean, n), 4) for n in ("u", "v", "w", "weight", "antenna1", "antenna2", "frequency")}
    rng = np.random.default_rng(3)
    noisy = np.tile(clean.data, 4) + 0.01 * rng.standard_normal(4 * len(clean))
    mean = scan_averaged(replace(clean, data=noisy, time=times.ravel(), **long))
    assert len(mean) == len(clean)
    np.testing.assert_allclose(mean.weight.sum(), 4 * clean.weight.sum())
    assert len(closure_phases(mean)) == len(closure_phases(clean))
    with pytest.raises(DataError, match="positive"):
        scan_averaged(clean, gap=0.0)


def test_m87_closes(shared_data):
    vis = read(shared_data / "eht_m87_2017" / "SR1_M87_2017_101_lo_hops_netcal_StokesI.uvfits")
    scans = scan_averaged(vis)
    assert len(scans) < len(vis) / 10
    phases, amplitudes = closure_phases(scans), log_closure_amplitudes(scans)
    # ALMA and APEX stand side by side: their triangles must close to zero
    names = np.array(vis.antenna_names)[phases.stations]
    trivial = np.isin(names, ["AA", "AP"]).sum(axis=1) == 2
    pull = phases.value[trivial] / phases.sigma[trivial]
    assert trivial.sum() > 20
    assert np.median(np.abs(pull)) < 1.5
    assert len(amplitudes) > 50
