"""Room: the command line. Thin: it parses, calls the rooms, prints."""

import sys
from typing import Annotated

import typer

from bayesim import __version__
from bayesim.cli._console import say_error
from bayesim.cli.demo import demo
from bayesim.cli.image import image
from bayesim.cli.info import info
from bayesim.cli.map import map_
from bayesim.errors import BayesimError

__all__ = ["app", "main"]

app = typer.Typer(
    name="bayesim",
    help="Interferometric images with certificates and posteriors.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(info)
app.command(name="map")(map_)
app.command()(image)
app.command()(demo)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"bayesim {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _show_version(wanted=value),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Interferometric images with certificates and posteriors."""


USER_ERROR = 1
"""Exit code of anything that the user can mend."""

INTERRUPTED = 130
"""Exit code of Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line; a user's error is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except (BayesimError, OSError) as error:
        say_error(error)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        say_error("interrupted; nothing half-written was left")
        sys.exit(INTERRUPTED)
