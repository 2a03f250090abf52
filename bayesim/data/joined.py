"""Several observations of one field as one: bands, days or arrays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from bayesim.data._visibilities import Account, Visibilities
from bayesim.errors import DataError

__all__ = ["joined"]

ANGLE = 1e-9
"""Radians by which phase centres may differ: 0.2 mas."""


def joined(parts: Sequence[Visibilities]) -> Visibilities:
    """Return the samples of all parts on one axis, in the order given.

    Parameters
    ----------
    parts : sequence of Visibilities
        Of one field, with the same stations by number. Samples that two parts share would count twice.

    Returns
    -------
    Visibilities
        The accounts are added up.

    Raises
    ------
    DataError
        There is no part, or phase centres or stations differ.
    """
    if not parts:
        raise DataError("there is nothing to join: give at least one part")
    first = parts[0]
    for part in parts[1:]:
        if part.antenna_names != first.antenna_names:
            raise DataError(f"stations differ: {first.antenna_names} and {part.antenna_names}; number them alike")
        one, other = first.phase_centre, part.phase_centre
        if (one is None) != (other is None):
            raise DataError(f"phase centres {one} and {other}: one of them is unknown")
        if one is not None and other is not None and np.max(np.abs(np.subtract(one, other))) > ANGLE:
            raise DataError(f"phase centres differ: {one} and {other} rad; parts must be of one field")
    names = ("u", "v", "w", "data", "weight", "antenna1", "antenna2", "time", "frequency")
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(first, **arrays, account=_added([part.account for part in parts]))


def _added(accounts: list[Account]) -> Account:
    dropped: Counter[str] = Counter()
    for account in accounts:
        dropped.update(account.dropped)
    return Account(
        source=" + ".join(account.source for account in accounts),
        read=sum(account.read for account in accounts),
        dropped=MappingProxyType(dict(dropped)),
        notes=tuple(dict.fromkeys(note for account in accounts for note in account.notes)),
    )
