"""Walk a room and find its leaves, so that a contract test need not name them."""

import inspect
import pkgutil
from importlib import import_module
from types import ModuleType

__all__ = ["classes", "leaves", "modules_with"]


def leaves(room: ModuleType) -> list[ModuleType]:
    """Return the public files of a room (an imported package), by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(room.__path__) if not info.name.startswith("_"))
    return [import_module(f"{room.__name__}.{name}") for name in names]


def classes(room: ModuleType, *parts: str) -> list[type]:
    """Return the public classes of a room, from the files that define them, that have any attribute of ``parts``."""
    return [
        item
        for leaf in leaves(room)
        for name, item in inspect.getmembers(leaf, inspect.isclass)
        if item.__module__ == leaf.__name__
        and not name.startswith("_")
        and any(hasattr(item, part) for part in parts)
    ]


def modules_with(room: ModuleType, name: str, *, first: str) -> list[ModuleType]:
    """Return the leaves of a room that offer a function ``name`` whose first parameter is called ``first``."""
    return [
        leaf
        for leaf in leaves(room)
        if inspect.isfunction(found := getattr(leaf, name, None))
        and [*inspect.signature(found).parameters][:1] == [first]
    ]
