"""What is in the project: text of reasonable length, and nothing that belongs to one machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE_LINES = 220
TEST_LINES = 300
"""Tables of cases are long; the leaf that they test is not."""

FILE_BYTES = 1 << 20
FOREIGN = re.compile(
    r"https?://[a-z.]*(pyp[i]|pythonhoste[d]|npmj[s]|debia[n])[.]|/(?:roo[t]|wor[k]|far[m]|hom[e])/[a-z.]"
)
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")
BINARY = {".png", ".npz", ".fits", ".gz"}


def tracked(project: Path) -> list[Path]:
    """Return the files under version control, or every file of the source tree where there is no repository."""
    if not (project / ".git").exists():
        folders = ("bayesim", "tests", "models", "docs", "benchmarks", "notebooks", ".ci")
        return [path for folder in folders for path in (project / folder).rglob("*") if path.is_file()]
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True, text=True, check=True)
    return [path for name in listing.stdout.split("\0") if name and (path := project / name).is_file()]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> Iterator[str]:
    for path in paths:
        if path.suffix not in BINARY:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if pattern.search(line):
                    yield f"{path.name}:{number}: {line.strip()[:80]}"


def too_long(paths: list[Path]) -> list[str]:
    return [
        f"{path.name}: {lines} lines"
        for path in paths
        if path.suffix == ".py" and (lines := path.read_text().count("\n")) > limit(path)
    ]


def limit(path: Path) -> int:
    return TEST_LINES if path.name.startswith("test_") else FILE_LINES


def test_no_registry_host_or_machine_path(project):
    assert list(lines_with(FOREIGN, tracked(project))) == []


def test_nothing_is_left_for_later(project):
    assert list(lines_with(UNFINISHED, tracked(project))) == []


def test_every_file_holds_one_idea(project):
    found = too_long(tracked(project))
    assert not found, "\n".join(found)


def test_nothing_large_or_locked_is_tracked(project):
    paths = tracked(project)
    assert [path.name for path in paths if path.stat().st_size > FILE_BYTES or path.name == "uv.lock"] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (FOREIGN, "index = 'https://files.pythonhost" + "ed.org/simple'"),
        (FOREIGN, "url: https://py" + "pi.org/simple"),
        (FOREIGN, "path = '/wo" + "rk/main/data'"),
        (FOREIGN, "see /ho" + "me/someone/data"),
        (UNFINISHED, "# TO" + "DO: later"),
        (UNFINISHED, "# FIX" + "ME"),
    ],
)
def test_a_line_that_must_go_is_caught(tmp_path, pattern, line):
    path = tmp_path / "file.py"
    path.write_text("x = 1\n" + line + "\n")
    assert len(list(lines_with(pattern, [path]))) == 1


@pytest.mark.parametrize(("name", "lines"), [("file.py", FILE_LINES), ("test_file.py", TEST_LINES)])
def test_a_long_file_is_caught(tmp_path, name, lines):
    path = tmp_path / name
    path.write_text("x = 1\n" * lines)
    assert too_long([path]) == []
    path.write_text("x = 1\n" * (lines + 1))
    assert too_long([path]) == [f"{name}: {lines + 1} lines"]
