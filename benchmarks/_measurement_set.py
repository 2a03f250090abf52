"""Simulated visibilities as a Measurement Set that WSClean reads: one channel, Stokes XX and YY of equal value."""

from pathlib import Path

import numpy as np
from casacore import tables

from bayesim.conventions import SPEED_OF_LIGHT


def write_measurement_set(vis, path, *, coplanar):
    """Write ``vis`` in the convention of casacore: position 2 minus position 1, kernel exp(+2 pi i ...)."""
    extra = [
        tables.makearrcoldesc("DATA", 0j, valuetype="complex", ndim=2),
        tables.makearrcoldesc("WEIGHT_SPECTRUM", 0.0, valuetype="float", ndim=2),
    ]
    main = tables.default_ms(str(path), tables.maketabdesc(extra))
    rows, hertz = len(vis), float(vis.frequency[0])
    main.addrows(rows)
    metres = -vis.uvw * (SPEED_OF_LIGHT / hertz)
    if coplanar:
        metres[:, 2] = 0.0
    # two hands of half the weight each make one Stokes I
    weight = np.repeat(vis.weight[:, None] / 2, 2, axis=1)
    seconds = vis.time * 86400
    columns = {
        "UVW": metres,
        "DATA": np.repeat(vis.data[:, None, None], 2, axis=2).astype(np.complex64),
        "FLAG": np.zeros((rows, 1, 2), bool),
        "FLAG_ROW": np.zeros(rows, bool),
        "WEIGHT": weight,
        "SIGMA": weight**-0.5,
        "WEIGHT_SPECTRUM": weight[:, None, :],
        "ANTENNA1": vis.antenna1,
        "ANTENNA2": vis.antenna2,
        "TIME": seconds,
        "TIME_CENTROID": seconds,
        "INTERVAL": np.full(rows, 10.0),
        "EXPOSURE": np.full(rows, 10.0),
    }
    for name, column in columns.items():
        main.putcol(name, column)
    main.close()
    _describe(Path(path), vis, hertz)


def _fill(path, rows, cells):
    with tables.table(str(path), readonly=False, ack=False) as table:
        table.addrows(rows)
        for name, value in cells.items():
            for row in range(rows):
                table.putcell(name, row, value[row] if isinstance(value, list) else value)


def _describe(path, vis, hertz):
    one = np.array([hertz])
    width = np.array([1e6])
    spectral = {"CHAN_FREQ": one, "CHAN_WIDTH": width, "EFFECTIVE_BW": width, "RESOLUTION": width, "NUM_CHAN": 1}
    _fill(path / "SPECTRAL_WINDOW", 1, {**spectral, "TOTAL_BANDWIDTH": 1e6, "REF_FREQUENCY": hertz})
    products = np.array([[0, 0], [1, 1]], dtype=np.int32)
    correlations = {"CORR_TYPE": np.array([9, 12], dtype=np.int32), "CORR_PRODUCT": products, "NUM_CORR": 2}
    _fill(path / "POLARIZATION", 1, correlations)
    _fill(path / "DATA_DESCRIPTION", 1, {"SPECTRAL_WINDOW_ID": 0, "POLARIZATION_ID": 0})
    centre = np.array([vis.phase_centre])
    _fill(path / "FIELD", 1, {"NAME": "field", "PHASE_DIR": centre, "DELAY_DIR": centre, "REFERENCE_DIR": centre})
    _fill(path / "OBSERVATION", 1, {"TELESCOPE_NAME": "SKA-LOW", "TIME_RANGE": vis.time[[0, -1]] * 86400})
    names = list(vis.antenna_names)
    _fill(
        path / "ANTENNA", len(names), {"NAME": names, "DISH_DIAMETER": 38.0, "POSITION": np.array([1e6, 5e6, -2e6])}
    )
