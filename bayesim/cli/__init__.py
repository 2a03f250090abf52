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
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(info)
app.command(name="map")(map_)
app.command()(image)
app.command()(demo)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Interferometric images with certificates and posteriors."""
    if version:
        typer.echo(f"bayesim {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(USAGE_ERROR)


USER_ERROR = 1
"""Exit code of anything that the user can mend."""

USAGE_ERROR = 2
"""Exit code of a command line that cannot be parsed."""

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
