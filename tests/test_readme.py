"""The scripts of the README run as they stand, one after the other, and their posteriors converge."""

import re

import pytest


@pytest.mark.slow
def test_ten_lines(project):
    text = (project / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # our own file, tracked
    samplers = names["samplers"]
    for verdict in (samplers.source_verdict(names["tree"]), samplers.judge(names["posterior"])):
        assert verdict.passed, verdict.headline
