"""Acceptance 28 and 29: mixed-up units are named, and correct data are left in peace."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from bayesim import Grid
from bayesim.conventions import ARCSEC, SPEED_OF_LIGHT
from bayesim.data import array, enforce, examine, observe, read
from bayesim.data.arrays import Array
from bayesim.errors import BayesimWarning, GridError

# name: layout, frequencies in Hz, declination in degrees
SETUPS = {
    "VLA A, X band": ("vla.a", [8.085e9], 2.3),
    "VLA D, X band": ("vla.d", [8.085e9], 2.3),
    "VLA D, L band, 3 channels": ("vla.d", [1.4e9, 1.41e9, 1.42e9], 40.0),
    "MeerKAT, L band, 2 channels": ("meerkat", [1.284e9, 1.285e9], -45.0),
    "ALMA compact, band 6": ("alma.3", [2.3e11], -24.0),
    "ALMA wide, band 3": ("alma.6", [1.0e11], -24.0),
    "SMA, 230 GHz": ("sma", [2.3e11], 22.0),
    "VLBA, 43 GHz": ("vlba", [4.3e10], 12.4),
    "VLTI, H band": ("vlti", [1.8e14], -60.8),
    "low-frequency core, 146 MHz": ("lofar", [1.458e8], 34.5),
}


def layout(name):
    if name == "vlti":
        # four auxiliary telescopes, 10 to 130 m apart
        enu = np.array([[0.0, 0, 0], [8.0, 9, 0], [60.0, -40, 0], [100.0, 70, 0]])
        return Array.from_enu(name, enu, latitude=np.radians(-24.63), longitude=np.radians(-70.4), diameter=1.8)
    if name == "lofar":
        enu = np.random.default_rng(5).normal(size=(20, 3)) * [600, 600, 1]
        return Array.from_enu(name, enu, latitude=np.radians(52.9), longitude=np.radians(6.87), diameter=31.0)
    return array(name)


def correct(name):
    telescope, frequency, declination = SETUPS[name]
    hours = np.linspace(-1.5, 1.5, 5)
    setup = {"declination": np.radians(declination), "right_ascension": 3.26, "frequency": frequency}
    return observe(layout(telescope), sources=[], sigma=0.1, seed=0, hour_angles=hours, **setup)


def usual_grid(vis):
    """Four cells across 1/B, 256 cells a side: what the users of all these arrays take."""
    return Grid(256, cell=0.25 / vis.longest_baseline)


def metres(vis):
    scale = SPEED_OF_LIGHT / vis.frequency
    return replace(vis, u=vis.u * scale, v=vis.v * scale, w=vis.w * scale)


def scaled(vis, factor):
    return replace(vis, u=vis.u * factor, v=vis.v * factor, w=vis.w * factor)


def hertz(factor):
    return lambda vis: replace(vis, frequency=vis.frequency * factor)


def degrees(vis):
    return replace(vis, phase_centre=tuple(np.degrees(vis.phase_centre)))


def in_metres_with_grid(vis):
    return metres(vis), usual_grid(vis)


def cell_in_degrees(vis):
    return vis, Grid(256, cell=np.degrees(usual_grid(vis).cell))


# the twentieth case is one that no look at the numbers can tell: metres of one channel at a wavelength of metres
WRONG = [
    ("VLA D, X band", metres),
    ("VLA D, L band, 3 channels", metres),
    ("MeerKAT, L band, 2 channels", metres),
    ("ALMA compact, band 6", metres),
    ("SMA, 230 GHz", metres),
    ("VLTI, H band", metres),
    ("VLA A, X band", in_metres_with_grid),
    ("VLBA, 43 GHz", in_metres_with_grid),
    ("low-frequency core, 146 MHz", metres),
    ("VLA A, X band", degrees),
    ("MeerKAT, L band, 2 channels", degrees),
    ("VLTI, H band", degrees),
    ("VLA D, L band, 3 channels", cell_in_degrees),
    ("ALMA wide, band 3", cell_in_degrees),
    ("VLA A, X band", hertz(1e-6)),
    ("MeerKAT, L band, 2 channels", hertz(1e-6)),
    ("ALMA compact, band 6", hertz(1e-9)),
    ("low-frequency core, 146 MHz", hertz(1e-6)),
    ("SMA, 230 GHz", lambda vis: scaled(vis, 1e-3)),
    ("VLBA, 43 GHz", lambda vis: scaled(vis, 1 / 4.3e10)),
]


def findings_of(case):
    name, spoil = case
    spoiled = spoil(correct(name))
    vis, grid = spoiled if isinstance(spoiled, tuple) else (spoiled, None)
    return [finding for finding in examine(vis, grid=grid) if finding.subject != "w term"]


def test_wrong_units_are_flagged_in_19_of_20_cases():
    assert len(WRONG) == 20
    missed = [case[0] for case in WRONG if not findings_of(case)]
    assert missed == ["low-frequency core, 146 MHz"]


@pytest.mark.parametrize("name", SETUPS)
def test_correct_data_are_left_in_peace(name):
    vis = correct(name)
    for grid in (None, usual_grid(vis), Grid(512, cell=0.05 / vis.longest_baseline)):
        assert [finding for finding in examine(vis, grid=grid) if finding.subject != "w term"] == []


@pytest.mark.parametrize(
    "path",
    ["vla_3c273/3C273XC1.fits", "eht_m87_2017/*_lo_*.uvfits", "lofar_bootes/ssms.ms", "simulated/exp1_r300.npz"],
)
def test_real_data_are_left_in_peace(shared_data, path):
    if path.endswith(".ms"):
        pytest.importorskip("casacore.tables", reason="python-casacore is not installed (extra 'ms')")
    (file,) = shared_data.glob(path)
    vis = read(file)
    assert [f for f in examine(vis, grid=usual_grid(vis)) if f.subject != "w term"] == []


def test_pixels_that_under_sample_name_the_cell_that_would_do():
    vis = correct("VLA A, X band")
    longest = max(np.abs(vis.u).max(), np.abs(vis.v).max())
    vis = scaled(vis, 112e3 / longest)
    with pytest.raises(GridError, match=r"cell 3 arcsec under-samples .*112 klambda needs <= 0.921 arcsec"):
        enforce(examine(vis, grid=Grid(64, cell="3arcsec")))
    (found,) = (f for f in examine(vis, grid=Grid(64, cell="3arcsec")) if f.fatal)
    assert found.limit == pytest.approx(0.5 / 112e3)
    assert found.value == pytest.approx(3 * ARCSEC)
    assert not any(f.fatal for f in examine(vis, grid=Grid(64, cell=found.limit)))


def test_a_field_beyond_the_horizon_is_refused():
    with pytest.raises(GridError, match="beyond the horizon"):
        Grid(256, cell="0.5deg")


def test_the_neglected_w_phase_is_named_with_its_number():
    vis = correct("VLA D, L band, 3 channels")
    grid = Grid(400, cell="20arcsec")
    (found,) = (f for f in examine(vis, grid=grid) if f.subject == "w term")
    corner = np.hypot(np.abs(grid.l).max(), np.abs(grid.m).max())
    phase = 2 * np.pi * np.abs(vis.w).max() * (1 - np.sqrt(1 - corner**2))
    assert found.value == pytest.approx(phase)
    assert found.value > found.limit == 0.1
    small = Grid(400, cell=20 * ARCSEC * 0.99 * np.sqrt(0.1 / phase))
    assert not any(f.subject == "w term" for f in examine(vis, grid=small))


def test_a_field_within_one_beam_is_named():
    vis = correct("VLA D, X band")
    (found,) = (f for f in examine(vis, grid=Grid(8, cell=0.1 / vis.longest_baseline)) if f.subject == "field")
    assert found.value == pytest.approx(0.8 / vis.longest_baseline)


def test_times_that_are_no_modified_julian_dates_are_named():
    vis = correct("VLA D, X band")
    for wrong in (vis.time + 2_400_000.5, vis.time * 86400):
        (found,) = examine(replace(vis, time=wrong))
        assert "Modified Julian Date" in found.message


def test_enforce_warns_of_what_is_not_fatal():
    vis = degrees(correct("VLA D, X band"))
    with pytest.warns(BayesimWarning) as told:
        enforce(examine(vis))
    assert ["give radians" in str(warning.message) for warning in told] == [True, True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enforce(examine(correct("VLA D, X band")))
