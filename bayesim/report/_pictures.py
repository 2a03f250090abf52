"""Maps and figures as images inside the page."""

import base64
import io
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesim import plots
from bayesim.maps import Map
from bayesim.plots._axes import figure_of

__all__ = ["Picture", "of_figure", "of_map"]

_DPI = 130


@dataclass(frozen=True)
class Picture:
    """A PNG as a data URI, with what it shows."""

    uri: str
    name: str
    caption: str


def of_map(map_: Map) -> Picture:
    """Draw a map; its label is the caption."""
    caption = map_.label[:1].upper() + map_.label[1:]
    if map_.beam is not None:
        caption += f". Beam {map_.beam}"
    return Picture(_encoded(figure_of(plots.image(map_)).figure), map_.name, caption)


def of_figure(name: str, drawn: Axes | Figure) -> Picture:
    """Take a figure as it is; its name is the caption."""
    figure = drawn if isinstance(drawn, Figure) else figure_of(drawn).figure
    return Picture(_encoded(figure), name, name.replace("_", " ").capitalize())


def _encoded(figure: object) -> str:
    if not isinstance(figure, Figure):
        raise TypeError(f"{type(figure).__name__} is not a figure that can be saved")
    buffer = io.BytesIO()
    # no software version and no date: the same run gives the same page
    figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
