"""Graphs of a few evaluations are interpreted: compiling one takes many times longer."""

import pytensor
import pytest
from pytensor.compile.mode import Mode


@pytest.fixture(autouse=True)
def interpreted():
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer="fast_compile")):
        yield
