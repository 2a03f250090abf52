"""A few candidates whose node columns are exact Fourier sums: small enough to draw everything again and again."""

import numpy as np

from bayesim.solvers import Candidates
from bayesim.solvers.candidates import NODES, REACH


class Toy:
    """``y = A x + noise`` with unit noise of each real component."""

    def __init__(self, *, seed=1, centres=((0.0, 0.0), (0.6, 0.2), (3.0, -1.0)), baselines=12, area=50.0, weight=0.6):
        rng = np.random.default_rng(seed)
        uv = 0.25 * rng.standard_normal((baselines, 2))
        self.centres = np.array(centres)
        k = len(self.centres)
        self.spread = np.broadcast_to(0.12 * np.eye(2), (k, 2, 2)).copy()
        nodes = (self.centres[:, None] + 0.12 * NODES).reshape(-1, 2)
        phase = 2 * np.pi * uv @ nodes.T
        self.matrix = np.sqrt(weight) * np.vstack([np.cos(phase), -np.sin(phase)])
        self.area, self.weight = area, weight

    @property
    def patch(self):
        """Solid angle of a patch."""
        return np.pi * REACH**2 * 0.12**2

    def candidates(self, data, *, flux=None):
        """Return the likelihood of some data, about a fit of ``flux`` at the centres."""
        k = len(self.centres)
        flux = np.zeros(k) if flux is None else np.asarray(flux)
        left = data - self.matrix[:, ::6] @ flux
        return Candidates(
            l=self.centres[:, 0],
            m=self.centres[:, 1],
            spread=self.spread,
            flux=flux,
            gram=np.ascontiguousarray(self.matrix.T @ self.matrix),
            pull=self.matrix.T @ left,
            energy=float(left @ left),
            count=len(data) // 2,
            sum_weight=float(self.weight * len(data) / 2),
            area=self.area,
        )
