"""Any visibilities as a Measurement Set for a peer, and what comes back checked against what went in."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bayesim.data import read

FREQUENCY = 1e8
"""Hz, where the data do not say: u, v, w are in wavelengths, so nothing depends on it but the header."""


def peer_set(vis, path):
    """Write a Measurement Set at ``path`` and return it; what imaging does not need is filled in where unknown."""
    from _measurement_set import write_measurement_set

    vis = _completed(vis)
    write_measurement_set(vis, path, coplanar=False)
    back = read(path, column="DATA")
    assert len(back) == len(vis), f"{len(back)} visibilities came back of {len(vis)}"
    # complex64 data; rows may be ordered anew
    for one, other in ((back.uvw, vis.uvw), (back.data, vis.data), (back.weight, vis.weight)):
        np.testing.assert_allclose(
            np.sum(one, axis=0), np.sum(other, axis=0), rtol=1e-4, atol=1e-3 * np.abs(other).sum()
        )
    return path


def _completed(vis):
    number = np.arange(len(vis))
    if np.all(vis.antenna1 >= 0):
        one, two, names = vis.antenna1, vis.antenna2, vis.antenna_names
    else:
        # pairs that exist, in any order: no peer here has an antenna-dependent effect
        count = int(np.ceil((1 + np.sqrt(1 + 8 * len(vis))) / 2))
        one, two = (side[: len(vis)].astype(np.int32) for side in np.triu_indices(count, 1))
        names = ()
    antennas = int(max(one.max(), two.max())) + 1
    return replace(
        vis,
        antenna1=one,
        antenna2=two,
        antenna_names=names or tuple(f"A{i}" for i in range(antennas)),
        time=np.where(np.isfinite(vis.time), vis.time, 60_000.0 + 0 * number),
        frequency=np.where(np.isfinite(vis.frequency), vis.frequency, FREQUENCY),
        phase_centre=vis.phase_centre or (0.0, -0.5),
    )
