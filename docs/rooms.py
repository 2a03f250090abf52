"""A directive that documents every public file of a room, so that a new leaf needs no new page."""

import pkgutil
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("room", Room)
    return {"parallel_read_safe": True}
