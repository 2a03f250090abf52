"""The small field of the tests of maps."""

import importlib.util
from pathlib import Path

_PATH = Path(__file__).parents[1] / "maps" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("bayesim_small_field", _PATH)
_FIELD = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_FIELD)

grid, visibilities, statistics = _FIELD.grid, _FIELD.visibilities, _FIELD.statistics
solution, tree = _FIELD.solution, _FIELD.tree
