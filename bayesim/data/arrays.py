"""Antenna layouts of well-known arrays, for simulations: facts in a text table inside the package."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import DataError

__all__ = ["Array", "array", "array_names"]

Floats = NDArray[np.float64]

# WGS84 semi-major axis (m) and squared eccentricity
_EARTH_RADIUS = 6_378_137.0
_ECCENTRICITY_2 = 6.694_379_990_14e-3


@dataclass(frozen=True, eq=False)
class Array:
    """Where the antennas stand.

    Parameters
    ----------
    name : str
        Name of the layout.
    latitude, longitude : float
        Reference point in radians (geodetic, East positive): the hour angle of a simulation is counted here.
    xyz : ndarray, shape (n, 3)
        Earth-centred positions in metres (ITRF axes).
    diameter : float
        Of one antenna, in metres.
    names : tuple of str
        Antenna names.

    Raises
    ------
    DataError
        Fewer than two antennas, or names and positions that do not go together.
    """

    name: str
    latitude: float
    longitude: float
    xyz: Floats
    diameter: float
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.xyz.ndim != 2 or self.xyz.shape[1] != 3 or len(self.xyz) < 2 or len(self.xyz) != len(self.names):
            raise DataError(
                f"array {self.name}: positions {self.xyz.shape} for {len(self.names)} names, need (n >= 2, 3)"
            )
        if not np.all(np.isfinite(self.xyz)):
            raise DataError(f"array {self.name}: positions must be finite")

    @classmethod
    def from_enu(
        cls,
        name: str,
        enu: Floats,
        *,
        latitude: float,
        longitude: float,
        diameter: float,
        names: tuple[str, ...] = (),
    ) -> "Array":
        """Build an array from East, North, Up offsets (m, shape (n, 3)) about a point on the WGS84 ellipsoid."""
        offsets = np.asarray(enu, dtype=np.float64).reshape(-1, 3)
        normal = _EARTH_RADIUS / np.sqrt(1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2)
        origin = normal * _up(latitude, longitude) * np.array([1.0, 1.0, 1.0 - _ECCENTRICITY_2])
        xyz = origin + offsets @ _east_north_up(latitude, longitude)
        labels = names or tuple(f"A{i:02d}" for i in range(len(offsets)))
        return cls(name, latitude, longitude, xyz, diameter, labels)

    @property
    def enu(self) -> Floats:
        """East, North, Up of every antenna from their mean position, metres, shape (n, 3)."""
        return np.asarray((self.xyz - self.xyz.mean(axis=0)) @ _east_north_up(self.latitude, self.longitude).T)

    @cached_property
    def equatorial(self) -> Floats:
        """Positions on axes towards (hour angle 0, declination 0), East and the pole, metres, shape (n, 3)."""
        sine, cosine = np.sin(self.longitude), np.cos(self.longitude)
        return np.asarray(self.xyz @ np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]))


def _up(latitude: float, longitude: float) -> Floats:
    cosine = np.cos(latitude)
    return np.array([cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)])


def _east_north_up(latitude: float, longitude: float) -> Floats:
    up = _up(latitude, longitude)
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    return np.stack([east, np.cross(up, east), up])


def _blocks() -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in files("bayesim.data").joinpath("arrays.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name, _, rest = line[1:].partition("]")
            lines = blocks.setdefault(name, [rest])
        elif line and not line.startswith("#"):
            lines.append(line)
    return blocks


def array_names() -> tuple[str, ...]:
    """Return the names that :func:`array` knows."""
    return tuple(_blocks())


def array(name: str) -> Array:
    """Return one of the layouts that come with bayesim, such as ``"vla.a"`` or ``"meerkat"``.

    Raises
    ------
    DataError
        The name is unknown; the message lists the names.
    """
    blocks = _blocks()
    if name not in blocks:
        raise DataError(f"array {name!r} is unknown; there are {', '.join(blocks)}")
    head, *rows = blocks[name]
    frame, latitude, longitude, diameter = head.split()
    positions = np.array([[float(number) for number in row.split()[:3]] for row in rows])
    labels = tuple(row.split()[3] for row in rows)
    phi, lam = np.radians(float(latitude)), np.radians(float(longitude))
    if frame == "enu":
        return Array.from_enu(name, positions, latitude=phi, longitude=lam, diameter=float(diameter), names=labels)
    return Array(name, phi, lam, positions, float(diameter), labels)
