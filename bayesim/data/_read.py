"""One function for every format: the content of a file, not its name, says which reader it is for."""

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast, runtime_checkable

import bayesim.data
from bayesim.data._visibilities import Visibilities
from bayesim.errors import DataError, FormatError

__all__ = ["Format", "formats", "read"]


_PEEK = 65_536
"""Bytes in which the first tables of a file of optical interferometry lie."""


@runtime_checkable
class Format(Protocol):
    """What a file of this folder offers to be found as a format."""

    def matches(self, path: Path) -> bool:
        """Tell from the first bytes (or the folder's files) whether the format is this one; never raise."""

    def read(self, path: str | Path, **options: Any) -> Visibilities:
        """Read the visibilities; damaged content raises FormatError."""


@cache
def formats() -> dict[str, Format]:
    """Return the format leaves of the room by name: the files that define ``matches`` and ``read``."""
    names = [info.name for info in pkgutil.iter_modules(bayesim.data.__path__) if not info.name.startswith("_")]
    modules: dict[str, ModuleType] = {name: import_module(f"bayesim.data.{name}") for name in sorted(names)}
    return {name: cast(Format, module) for name, module in modules.items() if isinstance(module, Format)}


def read(path: str | Path, **options: Any) -> Visibilities:
    """Read visibilities from a file (or a Measurement Set's folder) of any known format.

    Parameters
    ----------
    path : path
        The file; its content decides, the extension does not matter.
    **options
        Passed to the format's own ``read``, see :mod:`bayesim.data.uvfits`, ``measurement_set``, ``npz``, ``table``.

    Returns
    -------
    Visibilities
        In the package's conventions, with an account of what was left out.

    Raises
    ------
    FormatError
        No format recognises the content, or the content is damaged.
    DataError
        The format has no such option, or the values cannot be used.
    FileNotFoundError
        There is nothing at ``path``.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    for name, leaf in formats().items():
        if leaf.matches(path):
            _known(name, leaf, options)
            return leaf.read(path, **options)
    if _holds_oifits(path):
        raise FormatError(f"{path.name} holds squared visibilities and closures: use bayesim.data.read_oifits")
    raise FormatError(f"{path.name} is in none of the formats understood: {', '.join(formats())}")


def _holds_oifits(path: Path) -> bool:
    """Tell whether a FITS file names an OIFITS table near its start."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_PEEK)
    return start.startswith(b"SIMPLE  =") and any(b"'" + name in start for name in (b"OI_TARGET", b"OI_WAVELENGTH"))


def _known(name: str, leaf: Format, options: dict[str, Any]) -> None:
    accepted = [key for key in inspect.signature(leaf.read).parameters if key != "path"]
    unknown = sorted(set(options) - set(accepted))
    if unknown:
        raise DataError(f"{name} files have no option {', '.join(unknown)}; options are {', '.join(accepted)}")
