"""A reader recognises its own files only, and refuses damaged ones by name."""

from pathlib import Path
from typing import Any

import numpy as np

from bayesim.data import Visibilities
from bayesim.errors import BayesimError

__all__ = ["check_damage", "check_format", "check_round_trip"]


def check_format(leaf: Any, folder: Path, *, seed: int) -> None:
    """Assert that a format leaf keeps quiet about what is not its own and raises only typed errors on it.

    Parameters
    ----------
    leaf : module
        A file of ``bayesim.data`` with ``matches(path)`` and ``read(path)``.
    folder : Path
        Empty, writable.
    seed : int
        Seed of the random bytes.

    Raises
    ------
    AssertionError
        Rubbish is taken for a file of the format, or reading it gives anything but a BayesimError or an OSError.
    """
    rng = np.random.default_rng(seed)
    rubbish = {"empty": b"", "zeros": bytes(5000), "random": rng.bytes(5000), "text": b"hello\nworld\n" * 100}
    for name, content in rubbish.items():
        path = folder / name
        path.write_bytes(content)
        assert leaf.matches(path) is False, f"{leaf.__name__} takes a file of {name} for its own"
        _assert_refused(leaf, path)
    (folder / "directory").mkdir()
    assert leaf.matches(folder / "directory") is False, f"{leaf.__name__} takes an empty folder for its own"
    _assert_refused(leaf, folder / "directory")


def check_round_trip(leaf: Any, write: Any, vis: Visibilities, path: Path) -> None:
    """Assert that what ``write(vis, path)`` wrote is recognised and read back exactly.

    Raises
    ------
    AssertionError
        With the field that changed.
    """
    write(vis, path)
    assert leaf.matches(path) is True, f"{leaf.__name__} does not recognise its own file"
    back = leaf.read(path)
    for name in ("u", "v", "w", "data", "weight", "antenna1", "antenna2", "time", "frequency"):
        before, after = getattr(vis, name), getattr(back, name)
        assert np.array_equal(before, after, equal_nan=True), f"{name} changed on the way through {leaf.__name__}"
    for name in ("phase_centre", "antenna_names"):
        assert getattr(vis, name) == getattr(back, name), f"{name} changed on the way through {leaf.__name__}"


def check_damage(leaf: Any, path: Path, folder: Path, *, seed: int, cuts: int = 40) -> None:
    """Assert that a file cut short at random places is refused by a typed error, never half read.

    Raises
    ------
    AssertionError
        A part of the file was read as if it were whole, or an untyped error came out.
    """
    content = path.read_bytes()
    for cut in np.random.default_rng(seed).integers(1, len(content), cuts):
        part = folder / path.name
        part.write_bytes(content[:cut])
        _assert_refused(leaf, part)


def _assert_refused(leaf: Any, path: Path) -> None:
    try:
        leaf.read(path)
    except (BayesimError, OSError) as error:
        said = str(error)
    else:
        raise AssertionError(f"{leaf.__name__} reads {path.name}, which is damaged or not its own")
    assert said, f"{leaf.__name__} refuses {path.name} without a word"
