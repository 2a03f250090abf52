"""Maps and figures as images inside the page."""

import base64
import io
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesim import plots
from bayesim.maps import Map
from bayesim.plots._axes import figure_of

__all__ = ["Picture", "picture_of_figure", "picture_of_map"]

_DPI = 130

_WIDE = 8 * _DPI
"""Pixels of the widest figure with one panel."""


@dataclass(frozen=True)
class Picture:
    """A drawn PNG, its name and a sentence on what it shows."""

    png: bytes
    name: str
    caption: str

    @property
    def uri(self) -> str:
        """The PNG as a data URI, for a page that needs no other file."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")

    @property
    def wide(self) -> bool:
        """Whether it has several panels side by side, which one column of the page would make illegible."""
        # the width follows the signature, length and name of the first chunk (PNG specification, 11.2.2)
        return int.from_bytes(self.png[16:20], "big") > _WIDE


def picture_of_map(map_: Map | Picture) -> Picture:
    """Draw a map, its label as caption; a picture that is already drawn stays as it is."""
    if isinstance(map_, Picture):
        return map_
    caption = map_.label
    if map_.beam is not None:
        caption += f". {map_.beam.name[:1].upper()}{map_.beam.name[1:]} {map_.beam}"
    return Picture(_encoded(figure_of(plots.image(map_)).figure), map_.name, caption)


def picture_of_figure(name: str, drawn: Axes | Figure | Picture, *, caption: str = "") -> Picture:
    """Render a figure, its name as caption unless one is given; a picture that is already drawn stays as it is."""
    if isinstance(drawn, Picture):
        return drawn
    figure = drawn if isinstance(drawn, Figure) else figure_of(drawn).figure
    return Picture(_encoded(figure), name, caption or name.replace("_", " ").capitalize())


def _encoded(figure: object) -> bytes:
    if not isinstance(figure, Figure):
        raise TypeError(f"{type(figure).__name__} is not a figure that can be saved")
    buffer = io.BytesIO()
    # no software version and no date: the same run gives the same page
    figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
