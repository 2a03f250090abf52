"""Times that can be compared: the alternatives take turns, and the best of several rounds counts."""

import time
from collections.abc import Callable, Mapping


def milliseconds(calls: Mapping[str, Callable[[], object]], *, rounds: int, seconds: float = 0.1) -> dict[str, float]:
    """Return the shortest mean time of one call, in ms; every alternative gets about ``seconds`` a round."""
    repeats = {}
    for name, call in calls.items():
        call()
        start = time.perf_counter()
        call()
        repeats[name] = max(1, int(seconds / max(time.perf_counter() - start, 1e-7)))
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                call()
            best[name] = min(best[name], (time.perf_counter() - start) / repeats[name])
    return {name: 1e3 * value for name, value in best.items()}
