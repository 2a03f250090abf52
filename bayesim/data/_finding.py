"""A finding: one thing that is wrong with the data or with the image that is planned."""

from dataclasses import dataclass

__all__ = ["Finding", "suspicious_units"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or looks so.

    Parameters
    ----------
    subject : str
        ``"units"``, ``"pixels"``, ``"field"`` or ``"w term"``.
    fatal : bool
        The image could not be right.
    value, limit : float
        The number that was found and where it should have stopped, in the units of the message.
    message, remedy : str
        What was found, and the way out.
    """

    subject: str
    fatal: bool
    value: float
    limit: float
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message}: {self.remedy}"


def suspicious_units(value: float, limit: float, message: str, remedy: str) -> Finding:
    """Return a finding on units: they are only guessed, so it is never fatal."""
    return Finding("units", fatal=False, value=value, limit=limit, message=message, remedy=remedy)
