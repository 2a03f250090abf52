"""``bayesim info FILE``: what is in a file, and what to image it with."""

from pathlib import Path
from typing import Annotated

import typer

from bayesim.cli._console import Stopwatch, gentle_warnings, say, table

__all__ = ["info"]


def info(
    file: Annotated[Path, typer.Argument(help="UVFITS, Measurement Set, npz or csv.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")] = False,
) -> None:
    """Show what a file holds, what was dropped and why, and a suitable grid."""
    # the rooms take seconds to import; --help and a wrong option must not wait for them
    from bayesim.cli._facts import facts_of, short
    from bayesim.cli._field import load
    from bayesim.cli._output import as_json
    from bayesim.data import examine

    with gentle_warnings():
        vis = load(file, clock=Stopwatch())
        facts = facts_of(vis)
        if json:
            typer.echo(as_json(facts))
            return
        table("", {name.replace("_", " "): short(value) for name, value in facts.items() if value is not None})
        for finding in examine(vis):
            say(f"warning: {finding}")
