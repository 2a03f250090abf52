"""Gains of the stations in the same fit as the sky: what calibration would have to know."""

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray

from bayesim.data import Groups, StationPairs, Visibilities, station_pairs
from bayesim.errors import ModelError
from bayesim.likelihoods._in_time import matern_root, mean_times

__all__ = ["Gains", "StationGains"]

Floats = NDArray[np.float64]


class Gains(NamedTuple):
    """Gains ``exp(log_amplitude + i phase)`` of every station in every interval."""

    log_amplitude: Any
    """Shape (intervals, stations), dimensionless."""
    phase: Any
    """Radians, shape (intervals, stations); zero for the reference station."""


@dataclass(frozen=True, eq=False)
class StationGains:
    """``V_pq -> g_p conj(g_q) V_pq`` with one ``g = exp(a + i phi)`` per station and interval.

    Parameters
    ----------
    vis : Visibilities
        Data with antennas, from antenna 1 to antenna 2 (``V_12 = g_1 conj(g_2) V``).
    intervals : Groups
        Solution intervals, for instance scans (:func:`bayesim.data.by_scan`).
    reference : str, optional
        Name of the station whose phase is zero; the one with most visibilities by default.

    Raises
    ------
    ModelError
        The intervals are not those of the data, or no station is called like the reference.

    Notes
    -----
    What data cannot tell, so that only priors do:

    * the total phase of an interval: the reference station's phase is fixed instead. In an interval in which it did
      not observe, the prior holds the total phase (:attr:`label` counts these);
    * with a free flux, its scale: ``a -> a + c`` on all stations and ``flux -> flux exp(-2 c)``. The relative error
      of a free flux is therefore at least ``2 sd(a) / sqrt(stations x intervals)`` (of :meth:`independent` gains;
      their ``mean`` can take the flux over, which samples far better);
    * with a free position, a phase gradient across the array that does not change with time;
    * of stations without a closed triangle (four for amplitudes) nothing but prior times data of one baseline.

    Phases are not wrapped: a prior wider than a radian has hills a turn apart, and chains should start on one
    (:func:`bayesim.likelihoods.self_calibrated_phases`). The gains are those of total intensity: polarisations have
    none of their own (Smirnov 2011, A&A 527, A106, with scalar Jones matrices).
    """

    vis: Visibilities
    intervals: Groups
    _: KW_ONLY
    reference: str = ""

    def __post_init__(self) -> None:
        if len(self.intervals.index) != len(self.vis):
            raise ModelError(
                f"intervals of {len(self.intervals.index)} visibilities for {len(self.vis)}: make them anew"
            )
        if not self.reference:
            seen = np.bincount(self.pairs.first, minlength=self.shape[1])
            seen = seen + np.bincount(self.pairs.second, minlength=self.shape[1])
            object.__setattr__(self, "reference", self.pairs.labels[int(np.argmax(seen))])
        if self.reference not in self.pairs.labels:
            raise ModelError(f"no station is called {self.reference!r}: there are {', '.join(self.pairs.labels)}")

    @cached_property
    def pairs(self) -> StationPairs:
        """The stations of every visibility."""
        return station_pairs(self.vis)

    @property
    def coords(self) -> dict[str, Any]:
        """Coordinates for ``pm.Model(coords=...)``: ``interval``, ``station``, ``phased_station`` (the others)."""
        names = self.pairs.labels
        others = [name for name in names if name != self.reference]
        return {"interval": list(self.intervals.labels), "station": list(names), "phased_station": others}

    @property
    def shape(self) -> tuple[int, int]:
        """Intervals and stations."""
        return len(self.intervals), len(self.pairs.labels)

    @property
    def label(self) -> str:
        """What is fitted and what only the prior holds, as a sentence."""
        seen = np.zeros(self.shape, dtype=np.bool_)
        seen[self.intervals.index, self.pairs.first] = seen[self.intervals.index, self.pairs.second] = True
        missing = int(np.count_nonzero(~seen[:, self.place]))
        blind = f"; it is absent from {missing}, where the prior holds the total phase" if missing else ""
        return (
            f"gains of {self.shape[1]} stations in {self.shape[0]} intervals, phases against {self.reference}{blind}"
        )

    @property
    def place(self) -> int:
        """Position of the reference among the stations."""
        return self.pairs.labels.index(self.reference)

    def independent(self, name: str, *, amplitude: ArrayLike, phase: ArrayLike, mean: Any = 0.0) -> Gains:
        """Add gains of intervals that know nothing of each other to the model in context.

        A free total flux belongs into the gains: with ``mean=0.5 * pm.math.log(flux)`` and a sky of 1 Jy the
        posterior is that of gains about 0 and a sky of ``flux``, but the data, which know only the product, hold the
        variables that are sampled one by one.

        Parameters
        ----------
        name : str
            The variables are ``{name}_log_amplitude`` (``interval``, ``station``) and ``{name}_phase``
            (``interval``, ``phased_station``), normal about ``mean`` and 0.
        amplitude, phase : float or array_like, shape (stations,)
            Standard deviations of the logarithm of the amplitude and of the phase (radians), positive; the
            reference's phase is not used.
        mean : float or PyMC variable
            Mean of the logarithm of the amplitude.
        """
        spread = self._spreads(amplitude=amplitude, phase=phase)
        logs = pm.Normal(f"{name}_log_amplitude", mean, spread["amplitude"], dims=("interval", "station"))
        others = np.delete(spread["phase"], self.place)
        phases = pm.Normal(f"{name}_phase", 0.0, others, dims=("interval", "phased_station"))
        return Gains(logs, self._with_reference(phases))

    def smooth(self, name: str, *, amplitude: ArrayLike, phase: ArrayLike, length: Any) -> Gains:
        """Add gains that follow a Gaussian process in time to the model in context.

        Covariance ``sd^2 (1 + x) exp(-x)``, ``x = sqrt(3) |t - t'| / length`` (Matern 3/2; Rasmussen & Williams 2006,
        equation 4.17), at the mean time of each interval; stations are independent.

        Parameters
        ----------
        name : str
            The variables are the whitened ``{name}_log_amplitude_white`` and ``{name}_phase_white``, standard normal;
            the gains themselves are ``{name}_log_amplitude`` and ``{name}_phase``, as in :meth:`independent`.
        amplitude, phase : float or array_like, shape (stations,)
            Standard deviations, as in :meth:`independent`.
        length : float or PyMC variable
            Correlation length in seconds, positive.

        Raises
        ------
        ModelError
            A standard deviation is not positive, or the times are unknown.
        """
        spread = self._spreads(amplitude=amplitude, phase=phase)
        root = matern_root(mean_times(self.vis, self.intervals), length)
        white = pm.Normal(f"{name}_log_amplitude_white", 0.0, 1.0, dims=("interval", "station"))
        dims = ("interval", "phased_station")
        turned = pm.Normal(f"{name}_phase_white", 0.0, 1.0, dims=dims)
        others = np.delete(spread["phase"], self.place)
        logs = pm.Deterministic(
            f"{name}_log_amplitude", spread["amplitude"] * pt.dot(root, white), dims=("interval", "station")
        )
        phases = pm.Deterministic(f"{name}_phase", others * pt.dot(root, turned), dims=dims)
        return Gains(logs, self._with_reference(phases))

    def corrupted(self, model: Any, gains: Gains) -> Any:
        """Return the visibilities as the stations see them, shape (2, n) in Jy.

        Parameters
        ----------
        model : PyTensor variable or ndarray, shape (2, n)
            Real and imaginary parts of the calibrated visibilities in Jy.
        gains : Gains
            Of this array, variables or numbers.
        """
        when, (one, two) = self.intervals.index, (self.pairs.first, self.pairs.second)
        factor = pt.exp(gains.log_amplitude[when, one] + gains.log_amplitude[when, two])
        turn = self.differences(gains.phase)
        cosine, sine = factor * pt.cos(turn), factor * pt.sin(turn)
        return pt.stack([model[0] * cosine - model[1] * sine, model[0] * sine + model[1] * cosine])

    def differences(self, phase: Any) -> Any:
        """Return ``phi_p - phi_q`` of every visibility in radians, shape (n,), of phases (intervals, stations)."""
        when = self.intervals.index
        return phase[when, self.pairs.first] - phase[when, self.pairs.second]

    def _with_reference(self, phases: Any) -> Any:
        parts = [phases[:, : self.place], pt.zeros((self.shape[0], 1)), phases[:, self.place :]]
        return pt.concatenate(parts, axis=1)

    def _spreads(self, **given: ArrayLike) -> dict[str, Floats]:
        spread = {}
        for name, value in given.items():
            number = np.asarray(value, dtype=np.float64)
            if number.shape not in ((), (self.shape[1],)) or not np.all(np.isfinite(number) & (number > 0)):
                raise ModelError(f"{name} {number} must be positive: one standard deviation, or one per station")
            spread[name] = np.broadcast_to(number, (self.shape[1],))
        return spread
