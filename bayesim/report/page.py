"""One self-contained HTML page for a run."""

import os
from collections.abc import Mapping
from typing import Any

from astropy.table import Table
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesim.data._atomic import replacing
from bayesim.maps import Map
from bayesim.report._numbers import sections
from bayesim.report._pictures import Picture, picture_of_figure, picture_of_map
from bayesim.report._sources import listing
from bayesim.report._verdict import judge_run

__all__ = ["write_report"]


def write_report(
    path: str | os.PathLike[str],
    *,
    summary: Mapping[str, Any],
    maps: Mapping[str, Map | Picture],
    proofs: Mapping[str, Axes | Figure | Picture] | None = None,
    figures: Mapping[str, Axes | Figure | Picture] | None = None,
    catalogue: Table | None = None,
    title: str | None = None,
) -> None:
    """Write the report of a run: verdict, pictures, numbers, catalogue, provenance.

    The page needs no network and no other file: images are data URIs, the style is inline, and every text of the
    run is escaped.

    Parameters
    ----------
    path : path-like
        File to make or to replace, whole or not at all.
    summary : mapping
        What ``summary.json`` holds; keys without a place of their own are listed under "Other numbers". Without a
        posterior its section says that none was sampled.
    maps : mapping of str to Map or Picture
        Drawn in this order, each with its label as caption.
    proofs : mapping of str to Axes, Figure or Picture, or None
        Figures of what the certificate proves, below the maps.
    figures : mapping of str to Axes, Figure or Picture, or None
        Further figures; those named after a diagnostic belong to the posterior, all are shown in order.
    catalogue : astropy Table or None
        From :func:`bayesim.maps.catalogue`.
    title : str or None
        The source's name by default.
    """
    # autoescape for every template: names of sources and files come from data files, which are hostile
    environment = Environment(
        loader=PackageLoader("bayesim.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html.jinja").render(
        title=title if title is not None else str(summary.get("source", "bayesim run")),
        verdict=judge_run(summary),
        sections=sections(summary),
        notes=[str(note) for note in summary.get("notes", ())],
        pictures=[picture_of_map(map_) for map_ in maps.values()],
        proofs=[picture_of_figure(name, drawn) for name, drawn in (proofs or {}).items()],
        figures=[picture_of_figure(name, drawn) for name, drawn in (figures or {}).items()],
        sources=listing(catalogue) if catalogue is not None else None,
        sampled="passed" in summary,
    )
    with replacing(path) as partial:
        partial.write_text(page, encoding="utf-8")
