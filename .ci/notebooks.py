"""Execute every notebook of the project in its folder; the first cell that raises ends it."""

import sys
import time
from pathlib import Path

import jupytext
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def main() -> int:
    """Run all notebooks and print the time of each; return the number of failures."""
    texts = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
    for text in texts:
        start = time.perf_counter()
        NotebookClient(jupytext.read(text), timeout=900, resources={"metadata": {"path": str(FOLDER)}}).execute()
        print(f"{text.name}: {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{len(texts)} notebooks executed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
