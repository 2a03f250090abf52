"""No test is silent: each one asserts, expects an error, or calls something that does."""

import ast
import re
from pathlib import Path

import pytest

CHECKS = re.compile(r"^(raises|warns|(assert|check|verify)_\w+)$")


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def unchecked(tree: ast.Module) -> list[str]:
    """Return the tests in which nothing can fail; a helper of the same file that checks counts as a check."""
    bodies = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    known: set[str] = set()
    while grown := {name for name, body in bodies.items() if name not in known and checks(body, known)}:
        known |= grown
    return [name for name in bodies if name.startswith("test") and name not in known]


def checks(function: ast.AST, known: set[str]) -> bool:
    """Return whether a check stands in the function itself or in a helper that it calls."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            if not isinstance(node.test, ast.Constant):
                return True
        elif isinstance(node, ast.Call):
            name = name_of(node.func)
            if CHECKS.match(name) or name in known or (name == "run" and must_succeed(node)):
                return True
    return False


def must_succeed(call: ast.Call) -> bool:
    """Return whether a process that fails raises: ``subprocess.run(..., check=True)``."""
    return any(word.arg == "check" and getattr(word.value, "value", False) is True for word in call.keywords)


def silent(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)}: {name}"
        for path in sorted(folder.rglob("test_*.py"))
        for name in unchecked(ast.parse(path.read_text(), filename=str(path)))
    ]


def test_every_test_checks_something(project):
    assert silent(project / "tests") == []


@pytest.mark.parametrize(
    "body",
    [
        "solve(3)",
        "assert True",
        "x = solve(3)\n    print(x)",
        "helper()",
        "pytest.approx(3)",
        "subprocess.run(command, check=False)",
    ],
)
def test_a_silent_test_is_caught(tmp_path, body):
    (tmp_path / "test_it.py").write_text(f"def helper():\n    return 3\n\ndef test_it():\n    {body}\n")
    assert silent(tmp_path) == ["test_it.py: test_it"]


@pytest.mark.parametrize(
    "body",
    [
        "assert solve(3) == 3",
        "with pytest.raises(ValueError):\n        solve(3)",
        "np.testing.assert_allclose(1, 1)",
        "check_adjoint(operator)",
        "subprocess.run(command, check=True)",
        "helper()",
    ],
)
def test_a_test_that_checks_passes(tmp_path, body):
    (tmp_path / "test_it.py").write_text(f"def helper():\n    assert 3 == f()\n\ndef test_it():\n    {body}\n")
    assert silent(tmp_path) == []
