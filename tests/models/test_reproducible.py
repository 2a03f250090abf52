"""Same seed, same draws: from code compiled a moment ago as from code that was in the disk cache."""

import os
import subprocess
import sys

import pytest

STORY = """
import hashlib
import numpy as np
from bayesim.data import from_arrays
from bayesim.likelihoods import Support
from bayesim.operators import Coplanar, measure
from bayesim.samplers import nuts
from bayesim.sky import Grid
from models import hierarchical_lambda

rng = np.random.default_rng(1)
u, v = rng.uniform(-200, 200, (2, 300))
data = 1.0 + rng.standard_normal(300) + 1j * rng.standard_normal(300)
equations = Coplanar(measure(from_arrays(u, v, data, sigma=np.ones(300)), Grid(8, cell=2e-3)))
model = hierarchical_lambda.build(Support(equations, np.arange(57)), rate_scale=equations.sum_weight**0.5)
draws = nuts.sample(model, seed=1, draws=100, tune=100, chains=1)["posterior"]["image"].values
print(hashlib.sha256(draws.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_draws_are_the_same_from_fresh_code_and_from_the_disk_cache(project, tmp_path):
    """With PyTensor's default of reordered sums (``numba__fastmath``) this very story gave two sets of draws."""
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", "PYTHONPATH": str(project)}
    runs = [
        subprocess.run([sys.executable, "-c", STORY], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout != ""
