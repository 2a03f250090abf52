"""FINUFFT plans that are built once per process and shared by everybody who asks for the same transform.

Making a plan costs as much as several transforms, so plans are kept; they are held weakly, so the memory goes
when the last operator that uses a plan goes.
"""

import ctypes
from dataclasses import dataclass
from hashlib import blake2b
from threading import RLock
from weakref import WeakValueDictionary

import finufft
import numpy as np
from numpy.typing import NDArray

__all__ = ["KeptPlan", "PlanSpec", "Slot", "content_key", "kept_plan"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

# re-entrant: collecting an old plan while a new one is built runs KeptPlan.__del__ in the same thread
_LOCK = RLock()


def content_key(*parts: object) -> str:
    """Return a hexadecimal digest of arrays (dtype, shape, bytes) and of the ``repr`` of anything else."""
    digest = blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype.str}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).view(np.uint8).data)
        else:
            digest.update(f"{part!r};".encode())
    return digest.hexdigest()


class Slot:
    """Two machine words at an address that never moves, for compiled code that outlives what they point to.

    Parameters
    ----------
    key : str
        Content key; every object with this key uses the same 16 bytes, which are never freed.
    words : (int, int)
        What to put there: usually addresses. :meth:`clear` puts zeros, unless somebody else has filled it since.
    """

    def __init__(self, key: str, words: tuple[int, int]) -> None:
        self.symbol = f"bayesim_{key}"
        self._own = words
        with _LOCK:
            self._words = _WORDS.setdefault(key, (ctypes.c_size_t * 2)())
            self._words[0], self._words[1] = words

    @property
    def address(self) -> int:
        """Address of the first word."""
        return ctypes.addressof(self._words)

    @property
    def words(self) -> tuple[int, int]:
        """What is there now."""
        return self._words[0], self._words[1]

    def clear(self) -> None:
        """Put zeros: to be called before the memory pointed to is freed, while no other object can have it."""
        with _LOCK:
            if self.words == self._own:
                self._words[0], self._words[1] = 0, 0


@dataclass(frozen=True, eq=False)
class PlanSpec:
    """What defines a double-precision transform of FINUFFT.

    Parameters
    ----------
    kind : int
        FINUFFT's type: 1, 2 or 3.
    points : tuple of ndarray, each of shape (n,)
        Non-uniform points in radians, one array per axis of the image (slowest axis first).
    sign : int
        +1 or -1: sign of the exponent of ``execute``; ``execute_adjoint`` has the opposite.
    modes : tuple of int
        Shape of the uniform side (types 1 and 2).
    targets : tuple of ndarray, each of shape (k,)
        Non-uniform targets (type 3).
    modulation : ndarray of complex, shape (n,), optional
        A type-2 transform is multiplied by it (an offset of the image's centre).
    tolerance : float
        Relative precision, 1e-14 to 0.1.
    threads : int
        OpenMP threads of one call.
    batch : int
        Transforms done in one call, stacked on a leading axis.
    """

    kind: int
    points: tuple[Floats, ...]
    sign: int
    modes: tuple[int, ...] = ()
    targets: tuple[Floats, ...] = ()
    modulation: Complexes | None = None
    tolerance: float = 1e-9
    threads: int = 1
    batch: int = 1

    def key(self) -> str:
        """Return the content key: equal specifications have equal keys."""
        scalars = (self.kind, self.sign, self.modes, self.tolerance, self.threads, self.batch)
        return content_key(scalars, *self.points, "targets", *self.targets, "modulation", self.modulation)

    def build(self) -> finufft.Plan:
        """Make the plan and sort its points."""
        uniform = self.modes if self.kind != 3 else len(self.points)
        plan = finufft.Plan(
            self.kind,
            uniform,
            self.batch,
            eps=self.tolerance,
            isign=self.sign,
            dtype="complex128",
            nthreads=self.threads,
            showwarn=0,  # of more threads than cores: their number was asked for
        )
        axes = dict(zip("xyz", self.points, strict=False)) | dict(zip("stu", self.targets, strict=False))
        plan.setpts(**axes)
        return plan


class KeptPlan:
    """A built plan: both directions of one transform, safe to execute from several threads at once.

    Attributes
    ----------
    key : str
        Content key of the specification.
    modulation : ndarray or None
        As specified.
    slot : Slot
        The plan's address and the modulation's (0 where there is none), for compiled callers; zeros once it is gone.
    """

    def __init__(self, spec: PlanSpec, key: str) -> None:
        self.key = key
        self.modulation = spec.modulation
        self._conjugate = None if spec.modulation is None else spec.modulation.conj()
        self._plan = spec.build()
        modulation = 0 if spec.modulation is None else spec.modulation.ctypes.data
        self.slot = Slot(key, (int(self._plan._inner_plan.value), modulation))

    def execute(self, values: Complexes) -> Complexes:
        """Apply the transform (of type 2: modes to points, modulated)."""
        out: Complexes = self._plan.execute(values)
        return out if self.modulation is None else out * self.modulation

    def execute_adjoint(self, values: Complexes) -> Complexes:
        """Apply the conjugate transpose of :meth:`execute`."""
        modulated = values if self._conjugate is None else values * self._conjugate
        return np.asarray(self._plan.execute_adjoint(modulated))

    def __del__(self) -> None:
        slot = getattr(self, "slot", None)
        if slot is not None:
            slot.clear()


_WORDS: dict[str, ctypes.Array[ctypes.c_size_t]] = {}
_PLANS: WeakValueDictionary[str, KeptPlan] = WeakValueDictionary()


def kept_plan(spec: PlanSpec) -> KeptPlan:
    """Return this process's plan for a specification, built at the first call; keep it while it is needed."""
    key = spec.key()
    with _LOCK:
        plan = _PLANS.get(key)
        if plan is None:
            plan = _PLANS[key] = KeptPlan(spec, key)
        return plan
