"""What decides the draws of a run, as numbers: a digest of its arguments, the words of its generators."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesim.errors import FormatError, ModelError

__all__ = ["generator_of", "run_digest", "words_of"]

_WORD = 2**64 - 1


def run_digest(*parts: str | int | float | NDArray[Any]) -> str:
    """Return the SHA-256 of numbers, words and arrays in a row, 64 hexadecimal digits.

    Types, shapes and order count, so that no two different lists have the same bytes.
    """
    content = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            head = f"array {part.dtype.str} {part.shape} "
            content.update(head.encode() + np.ascontiguousarray(part).tobytes())
        else:
            text = repr(part)
            content.update(f"{type(part).__name__} {len(text)} {text} ".encode())
    return content.hexdigest()


def words_of(generator: np.random.Generator) -> NDArray[np.uint64]:
    """Return the state of a PCG64 as six 64-bit words."""
    state = generator.bit_generator.state
    if state["bit_generator"] != "PCG64":
        raise ModelError(f"{state['bit_generator']}: a checkpoint keeps PCG64, make it by np.random.default_rng")
    position, increment = state["state"]["state"], state["state"]["inc"]
    halves = [position >> 64, position & _WORD, increment >> 64, increment & _WORD]
    return np.array([*halves, state["has_uint32"], state["uinteger"]], dtype=np.uint64)


def generator_of(words: NDArray[np.uint64], name: str) -> np.random.Generator:
    """Return the PCG64 of six words out of a file of this name."""
    if words.dtype != np.uint64 or words.shape != (6,) or words[4] > 1 or words[5] >= 2**32 or words[3] % 2 == 0:
        raise FormatError(f"{name} does not hold the state of a generator: it is damaged")
    high, low, inc_high, inc_low, has_half, half = (int(word) for word in words)
    source = np.random.PCG64(0)
    source.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_half,
        "uinteger": half,
    }
    return np.random.Generator(source)
