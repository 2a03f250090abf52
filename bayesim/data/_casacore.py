"""Tables of a Measurement Set as arrays: python-casacore is met here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import FormatError, MissingExtraError

__all__ = ["Table", "opened"]

# what casacore raises on damaged tables: RuntimeError from C++, the others from its converters
_DAMAGE = (RuntimeError, ValueError, TypeError, KeyError, IndexError, MemoryError, OSError, UnicodeError)


def _tables() -> ModuleType:
    try:
        # an optional package: only this format needs it
        import casacore.tables
    except ImportError as error:
        raise MissingExtraError(
            "reading a Measurement Set needs python-casacore: pip install 'bayesim[ms]'"
        ) from error
    module: ModuleType = casacore.tables
    return module


class Table:
    """One casacore table, open for reading; errors name it."""

    def __init__(self, handle: Any, path: Path) -> None:
        self._handle = handle
        self._path = path

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._handle.nrows())

    @property
    def columns(self) -> set[str]:
        """Names of the columns."""
        return {str(name) for name in self._handle.colnames()}

    def has(self, name: str, *, row: int = 0) -> bool:
        """Tell whether a column is there and filled."""
        if name not in self.columns or self.rows <= row:
            return False
        try:
            return bool(self._handle.iscelldefined(name, row))
        except _DAMAGE as error:
            raise FormatError(f"{self._path.name}: column {name} cannot be read: {_first_line(error)}") from error

    def column(self, name: str) -> NDArray[Any]:
        """Return a column whose cells are all of one shape, first axis = row."""
        if name not in self.columns:
            raise FormatError(f"{self._path.name} has no column {name}")
        try:
            values = np.asarray(self._handle.getcol(name))
        except _DAMAGE as error:
            raise FormatError(f"{self._path.name}: column {name} cannot be read: {_first_line(error)}") from error
        if values.shape[:1] != (self.rows,):
            raise FormatError(f"{self._path.name}: column {name} has shape {values.shape} for {self.rows} rows")
        return values

    def cell(self, name: str, row: int) -> NDArray[Any]:
        """Return one cell."""
        if name not in self.columns:
            raise FormatError(f"{self._path.name} has no column {name}")
        if not 0 <= row < self.rows:
            raise FormatError(f"{self._path.name} has {self.rows} rows, row {row} is asked for")
        try:
            return np.asarray(self._handle.getcell(name, row))
        except _DAMAGE as error:
            raise FormatError(f"{self._path.name}: {name}[{row}] cannot be read: {_first_line(error)}") from error

    def keywords(self, name: str) -> dict[str, Any]:
        """Return the keywords (units, reference frames) of a column."""
        return dict(self._handle.getcolkeywords(name))

    def only(self, rows: NDArray[np.int64]) -> "Table":
        """Return a view of some rows, ascending and each once."""
        if rows.size == self.rows:
            # a selection of everything takes longer to make and to read than the table itself
            return self
        return Table(self._handle.selectrows(rows.tolist()), self._path)


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """Open a table for reading, without a lock: the folder may be read-only.

    Raises
    ------
    FormatError
        There is no readable table at ``path``.
    MissingExtraError
        python-casacore is not installed.
    """
    tables = _tables()
    try:
        handle = tables.table(str(path), readonly=True, lockoptions="usernoread", ack=False)
    except _DAMAGE as error:
        raise FormatError(f"{path.name} is not a readable casacore table: {_first_line(error)}") from error
    try:
        yield Table(handle, path)
    finally:
        handle.close()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
