"""Room: how probable the data are, given a sky. Importing a likelihood needs PyMC."""

from bayesim.likelihoods._gaussian import log_normaliser
from bayesim.likelihoods.channel_gaussian import ChannelGaussian, hann_correlation
from bayesim.likelihoods.closure_phase import ClosurePhase
from bayesim.likelihoods.complex_gaussian import ComplexGaussian
from bayesim.likelihoods.image_plane import ImagePlane
from bayesim.likelihoods.log_closure_amplitude import LogClosureAmplitude
from bayesim.likelihoods.per_visibility import PerVisibility
from bayesim.likelihoods.round_cube import RoundCube
from bayesim.likelihoods.round_log import RoundLog
from bayesim.likelihoods.self_calibration import best_self_calibrated, self_calibrated_phases
from bayesim.likelihoods.smearing import Smearing, smearing
from bayesim.likelihoods.squared_visibility import SquaredVisibility
from bayesim.likelihoods.station_gains import Gains, StationGains
from bayesim.likelihoods.student_t import StudentT
from bayesim.likelihoods.support import Support, dilated
from bayesim.likelihoods.visibility_amplitude import VisibilityAmplitude
from bayesim.likelihoods.visibility_phase import VisibilityPhase

__all__ = [
    "ChannelGaussian",
    "ClosurePhase",
    "ComplexGaussian",
    "Gains",
    "ImagePlane",
    "LogClosureAmplitude",
    "PerVisibility",
    "RoundCube",
    "RoundLog",
    "Smearing",
    "SquaredVisibility",
    "StationGains",
    "StudentT",
    "Support",
    "VisibilityAmplitude",
    "VisibilityPhase",
    "best_self_calibrated",
    "dilated",
    "hann_correlation",
    "log_normaliser",
    "self_calibrated_phases",
    "smearing",
]
