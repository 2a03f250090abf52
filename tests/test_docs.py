"""Every Python example in the documentation runs, page by page, in an empty folder."""

import re
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if BLOCK.search(page.read_text()))


def examples(page: Path) -> str:
    """Return the page's code with everything else turned into empty lines, so that line numbers are the page's."""
    text, code = page.read_text(), []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start(1))
        code += [""] * (line - len(code)) + match.group(1).splitlines()
    return "\n".join(code) + "\n"


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    source = examples(page)
    exec(compile(source, str(page), "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert printed.count("\n") >= source.count("\nprint("), "an example printed less than it promises"


def test_the_pages_are_found():
    assert len(PAGES) >= 4


def test_line_numbers_are_those_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n```python\nx = 1\n```\n\ntext\n\n```python\ny = 2\n```\n")
    assert examples(page).splitlines() == ["", "", "", "x = 1", "", "", "", "", "", "y = 2"]
