"""The start of a sky and of the gains of its stations: the sky that calibrates the phases best, and these."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bayesim.likelihoods import StationGains, best_self_calibrated
from bayesim.samplers.start import Start
from bayesim.sources import AsTruth, Source

__all__ = ["self_calibrated_start"]


def self_calibrated_start(
    gains: StationGains,
    make: Callable[..., Source],
    trials: Sequence[Mapping[str, Any]],
    *,
    name: str = "gain",
    log_amplitude: float = 0.0,
) -> Start:
    """Return the trial whose self-calibrated phases leave the least misfit, with these phases.

    Parameters
    ----------
    gains : StationGains
        Stations, intervals and data.
    make : callable
        From the variables of the sky to a source.
    trials : sequence of mappings
        Values of these variables, at least one set; amplitudes of gains are 1 in the comparison.
    name : str
        Of the gains, as given to :meth:`~bayesim.likelihoods.StationGains.independent`.
    log_amplitude : float
        Where all logarithms of amplitudes start, such as half the logarithm of a flux that the gains have taken over.

    Raises
    ------
    ModelError
        There is no trial.
    """
    vis = gains.vis
    skies = [AsTruth(make(**trial)).visibilities(vis.u, vis.v, vis.w) for trial in trials]
    best, phase = best_self_calibrated(gains, skies)
    values = {key: np.asarray(value, dtype=np.float64) for key, value in trials[best].items()}
    values[f"{name}_phase"] = np.delete(phase, gains.place, axis=1)
    values[f"{name}_log_amplitude"] = np.full(gains.shape, log_amplitude)
    # each chain must begin on this hill: phases of a fringe have others a turn apart
    spread = {key: np.asarray(0.02) for key in values}
    rule = f"of {len(trials)} skies that of least misfit after self-calibration in phase"
    return Start(values=values, spread=spread, rule=rule)
