"""Room: the command line. Thin: it parses, calls the rooms, prints."""

import sys

import typer

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

USER_ERROR = 1
INTERRUPTED = 130


def main() -> None:
    """Run the command line; a user's error is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except BayesimError as error:
        say_error(error)
        sys.exit(USER_ERROR)
    except OSError as error:
        say_error(error)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        say_error("interrupted; nothing half-written was left")
        sys.exit(INTERRUPTED)
