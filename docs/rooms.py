"""Directives that write the reference from the code: every public file of a room, and the help of a command."""

import pkgutil
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.testing import CliRunner

import bayesim.cli


class Room(SphinxDirective):
    """``{room} bayesim.priors`` stands for one automodule of the room and one of each of its public files."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the directives and let Sphinx read them."""
        name = self.arguments[0]
        room = import_module(name)
        paths = getattr(room, "__path__", [])
        leaves = [info.name for info in pkgutil.iter_modules(paths) if not info.name.startswith("_")]
        lines = [] if leaves else [f".. automodule:: {name}", ""]
        for public in getattr(room, "__all__", []) if leaves else []:
            item = getattr(room, public)
            # what the room exports from its private files is documented under the room's own name
            if getattr(item, "__module__", "").rpartition(".")[2].startswith("_"):
                kind = "autoclass" if isinstance(item, type) else "autofunction"
                lines += [f".. {kind}:: {name}.{public}", ""]
        for leaf in leaves:
            full = f"{name}.{leaf}"
            lines += [f"{full}", "-" * len(full), "", f".. automodule:: {full}", ""]
        text = StringList(lines, source=f"{name} (room)")
        return self.parse_text_to_nodes("\n".join(text), allow_section_headings=True)


class Help(SphinxDirective):
    """``{help} map`` stands for what ``bayesim map --help`` prints."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Ask the command for its help."""
        command = [self.arguments[0], "--help"]
        result = CliRunner().invoke(
            bayesim.cli.app, command, env={"TERM": "dumb", "COLUMNS": "100"}, prog_name="bayesim"
        )
        if result.exit_code:
            raise self.error(f"bayesim {' '.join(command)} failed: {result.output}")
        text = "\n".join(line.rstrip() for line in result.output.strip().splitlines())
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("room", Room)
    app.add_directive("help", Help)
    return {"parallel_read_safe": True}
