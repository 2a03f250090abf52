"""Acceptance 9 and 25-27, 31: what the single door accepts, counts and refuses."""

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.time import Time

from bayesim.conventions import SPEED_OF_LIGHT
from bayesim.data import from_arrays
from bayesim.errors import BayesimError, DataError

N = 12


@pytest.fixture
def columns():
    rng = np.random.default_rng(1)
    u, v, w = rng.normal(size=(3, N)) * 1e3
    data = rng.normal(size=N) + 1j * rng.normal(size=N)
    return {"u": u, "v": v, "w": w, "data": data, "weight": rng.uniform(1, 2, N)}


def same(one, other):
    return all(np.array_equal(getattr(one, k), getattr(other, k)) for k in ("u", "v", "w", "data", "weight"))


def test_plain_arrays_pass_unchanged_and_are_copied(columns):
    vis = from_arrays(**columns)
    assert len(vis) == N == vis.account.read == vis.account.used
    for name, column in columns.items():
        np.testing.assert_array_equal(getattr(vis, name), column)
        assert not np.shares_memory(getattr(vis, name), column)


@pytest.mark.parametrize("dress", ["big-endian", "strided", "read-only", "list", "masked"])
def test_arrays_of_any_make_give_equal_visibilities(columns, dress):
    def put(array):
        if dress == "big-endian":
            return array.astype(array.dtype.newbyteorder(">"))
        if dress == "strided":
            return np.repeat(array, 3)[::3]
        if dress == "list":
            return array.tolist()
        if dress == "masked":
            return np.ma.masked_array(array, mask=False)
        array = array.copy()
        array.flags.writeable = False
        return array

    vis = from_arrays(**{name: put(array) for name, array in columns.items()})
    assert same(vis, from_arrays(**columns))
    assert vis.u.dtype == np.dtype("=f8")
    assert vis.data.flags.c_contiguous


def test_float32_is_accepted_to_its_own_precision(columns):
    single = {k: a.astype(np.complex64 if k == "data" else np.float32) for k, a in columns.items()}
    vis = from_arrays(**single)
    np.testing.assert_allclose(vis.u, columns["u"], rtol=1e-7)
    assert vis.data.dtype == np.complex128


def test_mask_means_flagged(columns):
    mask = np.arange(N) == 3
    for name in columns:
        vis = from_arrays(**{**columns, name: np.ma.masked_array(columns[name], mask=mask)})
        assert dict(vis.account.dropped) == {"flagged": 1}
        np.testing.assert_array_equal(vis.data, columns["data"][~mask])


def test_quantities_and_either_unit_of_baselines_agree(columns):
    frequency = 1.4 * units.GHz
    metres = {k: columns[k] * (SPEED_OF_LIGHT / 1.4e9) * units.m for k in "uvw"}
    data = (columns["data"] * 1e3) * units.mJy
    weight = columns["weight"] / units.Jy**2
    vis = from_arrays(**{**columns, **metres, "data": data, "weight": weight}, frequency=frequency)
    np.testing.assert_allclose(vis.uvw, np.stack([columns[k] for k in "uvw"], 1), rtol=1e-14)
    np.testing.assert_allclose(vis.data, columns["data"], rtol=1e-14)
    np.testing.assert_array_equal(vis.frequency, 1.4e9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"u": np.ones(N) * units.m}, "give frequency="),
        ({"u": np.ones(N) * units.s}, "cannot be read"),
        ({"data": np.ones(N) * (1 + 0j) * units.K}, "cannot be read as Jy"),
        ({"data": np.ones(N)}, "complex"),
        ({"u": np.array(["a"] * N)}, "expected real numbers"),
        ({"u": np.array([None] * N)}, "expected real numbers"),
        ({"u": np.ones(N - 1)}, "one per visibility"),
        ({"u": np.ones((N, 1))}, "one axis"),
        ({"weight": None}, "exactly one"),
        ({"sigma": 1.0}, "exactly one"),
        ({"weight": None, "sigma": -1.0}, "negative"),
        ({"weight": None, "sigma": 0.0}, "infinite"),
        ({"antenna1": np.full(N, -2)}, "must lie in"),
        ({"antenna1": np.full(N, 0.5)}, "expected real numbers"),
        ({"flag": np.ones(3, bool)}, "flag has shape"),
        ({"phase_centre": (1.0, 2.0, 3.0)}, "pair"),
        ({"phase_centre": ("here", "there")}, "not an angle"),
    ],
)
def test_wrong_input_is_refused_by_name(columns, change, message):
    with pytest.raises(BayesimError, match=message):
        from_arrays(**{**columns, **change})


@pytest.mark.parametrize("name", ["u", "v", "w", "data", "weight"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bad_numbers_are_refused_with_rows_unless_flagged(columns, name, value):
    columns[name] = columns[name].copy()
    columns[name][[2, 7]] = value
    with pytest.raises(DataError, match=rf"{name} is NaN or infinite in 2 rows \(first: \[2, 7\]\)"):
        from_arrays(**columns)
    vis = from_arrays(**columns, flag=np.isin(np.arange(N), [2, 7]))
    assert dict(vis.account.dropped) == {"flagged": 2}


def test_zero_and_negative_weights_change_nothing(columns):
    clean = from_arrays(**columns)
    longer = {k: np.concatenate([a[:5], a[:3] * 7 + 1, a[5:]]) for k, a in columns.items()}
    longer["weight"][5:8] = [0.0, -3.0, 0.0]
    longer["data"][6] = np.nan
    vis = from_arrays(**longer)
    assert same(vis, clean)
    assert dict(vis.account.dropped) == {"zero weight": 3}
    assert vis.account.used == len(vis) == N


def test_sigma_is_of_one_real_component(columns):
    sigma = columns.pop("weight") ** -0.5
    np.testing.assert_allclose(from_arrays(**columns, sigma=sigma).weight, sigma**-2)
    vis = from_arrays(**columns, sigma=np.where(np.arange(N) == 0, np.inf, 2.0))
    assert dict(vis.account.dropped) == {"zero weight": 1}
    np.testing.assert_array_equal(vis.weight, 0.25)


def test_autocorrelations_are_counted(columns):
    columns["u"][0] = columns["v"][0] = columns["w"][0] = 0.0
    one, two = np.arange(N), np.arange(N) + 1
    two[4] = one[4]
    vis = from_arrays(**columns, antenna1=one, antenna2=two)
    assert dict(vis.account.dropped) == {"autocorrelation": 2}


def test_nothing_left_is_a_clear_error(columns):
    with pytest.raises(DataError, match="no visibility is left of 12"):
        from_arrays(**columns, flag=True)
    with pytest.raises(DataError, match="zero weight': 12"):
        from_arrays(**{**columns, "weight": 0.0})
    with pytest.raises(DataError, match="empty"):
        from_arrays([], [], np.array([], dtype=complex), weight=1.0)


def test_one_visibility_is_enough():
    vis = from_arrays([10.0], [20.0], [1 + 2j], weight=4.0)
    assert len(vis) == 1
    assert vis.sum_weight == 4.0
    assert "w was not given" in vis.account.notes[0]


def mirrored(columns):
    flip = {"u": -1, "v": -1, "w": -1}
    return {k: np.concatenate([a, a.conj() if k == "data" else a * flip.get(k, 1)]) for k, a in columns.items()}


def test_the_other_hermitian_half_is_merged(columns):
    vis = from_arrays(**mirrored(columns))
    assert same(vis, from_arrays(**columns))
    assert dict(vis.account.dropped) == {"hermitian duplicate": N}
    assert any("conjugates" in note for note in vis.account.notes)


def test_the_other_half_is_merged_with_antennas_known(columns):
    one, two = np.arange(N), np.arange(N) + 1
    known = {"time": np.full(2 * N, 6e4), "frequency": 1e9}
    vis = from_arrays(**mirrored(columns), antenna1=np.r_[one, two], antenna2=np.r_[two, one], **known)
    assert same(vis, from_arrays(**columns))


def test_repeated_rows_are_merged(columns):
    again = {k: np.concatenate([a, a[:4]]) for k, a in columns.items()}
    vis = from_arrays(**again)
    assert same(vis, from_arrays(**columns))
    assert dict(vis.account.dropped) == {"duplicate": 4}


def test_repeats_with_other_weights_are_refused(columns):
    again = {k: np.concatenate([a, a[:1]]) for k, a in columns.items()}
    again["weight"][-1] *= 2
    with pytest.raises(DataError, match="rows 0 and 12"):
        from_arrays(**again)


def test_redundant_baselines_are_measurements_of_their_own(columns):
    again = {k: np.concatenate([a, a]) for k, a in columns.items()}
    again["data"][N:] += 0.1
    assert len(from_arrays(**again)) == 2 * N


def test_one_name_for_two_measurements_is_refused(columns):
    two = {k: a[:2] for k, a in columns.items()}
    named = {"antenna1": [0, 1], "antenna2": [1, 0], "frequency": 1e9}
    with pytest.raises(DataError, match="same antennas, time and frequency"):
        from_arrays(**two, **named, time=[6e4, 6e4])
    assert len(from_arrays(**two, **named, time=[6e4, 6e4 + 1e-5])) == 2
    assert len(from_arrays(**two, **named)) == 2


def test_noiseless_redundant_baselines_are_told_apart_by_their_antennas():
    vis = from_arrays(
        [5.0, 5.0],
        [0.0, 0.0],
        [1 + 0j, 1 + 0j],
        weight=1.0,
        antenna1=[0, 1],
        antenna2=[1, 2],
        time=6e4,
        frequency=1e9,
    )
    assert len(vis) == 2


def test_times_and_directions_take_astropy_objects(columns):
    centre = SkyCoord(30 * units.deg, -60 * units.deg)
    vis = from_arrays(**columns, time=Time(6e4 + np.arange(N), format="mjd"), phase_centre=centre)
    np.testing.assert_allclose(vis.time, 6e4 + np.arange(N))
    np.testing.assert_allclose(vis.phase_centre, np.radians([30, -60]))
    assert from_arrays(**columns, phase_centre=("30deg", "-60deg")).phase_centre == pytest.approx(vis.phase_centre)


def test_many_rows_are_handled_as_arrays():
    n = 200_000
    rng = np.random.default_rng(0)
    u, v, w = rng.normal(size=(3, n))
    data = rng.normal(size=n) + 0j
    vis = from_arrays(np.r_[u, -u], np.r_[v, -v], np.r_[data, data.conj()], w=np.r_[w, -w], weight=1.0)
    assert len(vis) == n
