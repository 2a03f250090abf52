"""Data flow one way: every import in the tree is read and compared with the order of the rooms."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDER = (
    ("errors",),
    ("conventions",),
    ("sky",),
    ("data",),
    ("operators",),
    ("priors", "sources"),
    ("likelihoods",),
    ("solvers",),
    ("samplers",),
    ("maps",),
    ("validation",),
    ("plots",),
    ("report",),
    ("cli",),
    ("testing",),
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
ENTRANCE = ("__init__", "__main__")
"""The package's own front door may name any room."""

MODEL_IMPORTS = {"pymc", "bayesim", "numpy", "models"} | set(sys.stdlib_module_names)
"""A story is told in PyMC and bayesim; NumPy prepares its data and the standard library its command line."""

HEAVY = ("pymc", "pytensor", "arviz", "nutpie", "matplotlib")
LIGHT_ROOMS = (
    "bayesim",
    *(f"bayesim.{room}" for room in ("data", "operators", "priors", "sources", "solvers", "maps")),
)


def imports(path: Path, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute dotted name) of everything that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called.endswith(("import_module", "__import__")) and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def room_faults(root: Path) -> list[str]:
    """Return one sentence for every import in ``root/bayesim`` that does not go from right to left."""
    faults = []
    for path in sorted((root / "bayesim").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        here = parts[1]
        if here in ENTRANCE:
            continue
        if here not in RANK:
            faults.append(f"{'/'.join(parts)}: room {here!r} has no place in the order: add it to ORDER")
            continue
        for line, name in imports(path, parts[:-1]):
            fault = _fault(here, name.split("."))
            if fault:
                faults.append(f"{'/'.join(parts)}.py:{line}: {fault}")
    return faults


def _fault(here: str, name: list[str]) -> str:
    if name[0] == "models":
        return "bayesim never imports models"
    if name[0] != "bayesim":
        return ""
    if len(name) == 1:
        return "import the room, not the package"
    there = name[1]
    if there == here or (there.startswith("__") and there.endswith("__")):
        return ""
    if there not in RANK:
        return f"{there!r} is no room: import the name from the room that owns it"
    return "" if RANK[there] < RANK[here] else f"{here} may not import {there}"


def model_faults(root: Path) -> list[str]:
    """Return one sentence for every import in ``root/models`` of anything but PyMC, bayesim, NumPy and the stdlib."""
    return [
        f"{path.relative_to(root)}:{line}: a model may not import {name.split('.')[0]}"
        for path in sorted((root / "models").rglob("*.py"))
        for line, name in imports(path, path.relative_to(root).parts[:-1])
        if name.split(".")[0] not in MODEL_IMPORTS
    ]


def test_every_import_goes_one_way(project):
    assert room_faults(project) == []


def test_models_import_pymc_and_bayesim_only(project):
    assert model_faults(project) == []


@pytest.mark.parametrize(
    ("where", "statement", "expected"),
    [
        ("data/uvfits.py", "from bayesim.operators import Operator", "data may not import operators"),
        ("data/uvfits.py", "from ..operators import Operator", "data may not import operators"),
        ("data/uvfits.py", "from .. import plots", "data may not import plots"),
        ("data/uvfits.py", "def f():\n    import bayesim.solvers.apgd", "data may not import solvers"),
        ("data/uvfits.py", "from importlib import import_module\nimport_module('bayesim.maps')", "import maps"),
        ("priors/laplace.py", "from bayesim import sources", "priors may not import sources"),
        ("sources/disk.py", "from bayesim.priors import Laplace", "sources may not import priors"),
        ("sky.py", "from bayesim.testing import check_adjoint", "sky may not import testing"),
        ("plots/beam.py", "from bayesim.report import page", "plots may not import report"),
        ("maps/dirty.py", "from bayesim import Grid", "'Grid' is no room"),
        ("maps/dirty.py", "import models.two_sources", "bayesim never imports models"),
        ("helpers/misc.py", "import numpy", "room 'helpers' has no place in the order"),
    ],
)
def test_a_wrong_import_is_caught(tmp_path, where, statement, expected):
    path = tmp_path / "bayesim" / where
    path.parent.mkdir(parents=True)
    path.write_text(statement + "\n")
    faults = room_faults(tmp_path)
    assert len(faults) == 1
    assert expected in faults[0]


@pytest.mark.parametrize(
    ("where", "statement"),
    [
        ("report/page.py", "from bayesim.plots import beam"),
        ("testing/priors.py", "from bayesim.cli import main"),
        ("solvers/apgd.py", "from bayesim.solvers._solution import Solution\nfrom . import _solution"),
        ("maps/fits.py", "from bayesim import __version__"),
        ("__init__.py", "from bayesim.cli import main"),
    ],
)
def test_a_right_import_passes(tmp_path, where, statement):
    path = tmp_path / "bayesim" / where
    path.parent.mkdir(parents=True)
    path.write_text(statement + "\n")
    assert room_faults(tmp_path) == []


def test_a_model_with_another_package_is_caught(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "story.py").write_text("import pymc as pm\nimport torch.nn\nfrom bayesim import data\n")
    assert model_faults(tmp_path) == ["models/story.py:2: a model may not import torch"]


def loaded_by(statement: str) -> set[str]:
    """Return the heavy packages that a fresh interpreter has loaded after ``statement``."""
    code = f"import sys\n{statement}\nprint(*(n for n in {HEAVY!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_rooms_without_a_model_load_no_pymc():
    assert loaded_by("import " + ", ".join(LIGHT_ROOMS)) == set()


def test_a_heavy_import_is_seen():
    assert "matplotlib" in loaded_by("import matplotlib")
