"""Room: what was measured. Readers, simulations and checks of visibilities."""

from bayesim.data._closures import Closures
from bayesim.data._intake import from_arrays
from bayesim.data._interferometry import Interferometry, PerBaseline
from bayesim.data._read import read
from bayesim.data._visibilities import Account, Visibilities
from bayesim.data.arrays import Array, array, array_names
from bayesim.data.channel_noise import with_channel_noise
from bayesim.data.closures import closure_phases, log_closure_amplitudes
from bayesim.data.example import example
from bayesim.data.folds import Folds, leave_out, leave_out_antennas
from bayesim.data.gaussian_core import gaussian_core
from bayesim.data.groups import (
    Groups,
    by_baseline,
    by_baseline_length,
    by_interval,
    by_scan,
    by_spectral_window,
    crossed,
)
from bayesim.data.joined import joined
from bayesim.data.npz import write_npz
from bayesim.data.oifits import read_oifits
from bayesim.data.optical import observe_optical
from bayesim.data.sanity import Finding, enforce, examine
from bayesim.data.scans import scan_averaged
from bayesim.data.simulate import observe
from bayesim.data.spectra import Spectra, spectra
from bayesim.data.station_pairs import StationPairs, station_pairs
from bayesim.data.truth import GaussianSource, ImageSource, PointSource
from bayesim.data.uncalibrated import uncalibrated
from bayesim.data.uv_cells import by_dartboard, by_uv_cell

__all__ = [
    "Account",
    "Array",
    "Closures",
    "Finding",
    "Folds",
    "GaussianSource",
    "Groups",
    "ImageSource",
    "Interferometry",
    "PerBaseline",
    "PointSource",
    "Spectra",
    "StationPairs",
    "Visibilities",
    "array",
    "array_names",
    "by_baseline",
    "by_baseline_length",
    "by_dartboard",
    "by_interval",
    "by_scan",
    "by_spectral_window",
    "by_uv_cell",
    "closure_phases",
    "crossed",
    "enforce",
    "examine",
    "example",
    "from_arrays",
    "gaussian_core",
    "joined",
    "leave_out",
    "leave_out_antennas",
    "log_closure_amplitudes",
    "observe",
    "observe_optical",
    "read",
    "read_oifits",
    "scan_averaged",
    "spectra",
    "station_pairs",
    "uncalibrated",
    "with_channel_noise",
    "write_npz",
]
