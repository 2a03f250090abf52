"""The script of the README runs as it stands, and its posterior converges."""

import re

import pytest


@pytest.mark.slow
def test_ten_lines(project):
    text = (project / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 1
    names: dict[str, object] = {}
    exec(compile(blocks[0], "README.md", "exec"), names)  # our own file, tracked
    verdict = names["samplers"].judge(names["posterior"])
    assert verdict.passed, verdict.headline
