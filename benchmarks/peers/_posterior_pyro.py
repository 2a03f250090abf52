"""Exponential pixels through MPoL's transforms and Pyro's NUTS: the model of bayesim's Laplace runs."""

import time
import warnings
from time import process_time

import numpy as np

from bayesim.conventions import ARCSEC
from bayesim.operators import Nufft
from benchmarks.peers._posterior import NPIX, Run
from benchmarks.peers._posterior_bayesim import RATE


def prepared(field):
    """Return torch, MPoL's grid and image, and the data turned to its phase centre, (N/2 - 1) in columns."""
    import torch
    from mpol import coordinates, images

    # torch deprecates its own functions
    warnings.filterwarnings("ignore", category=FutureWarning)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    coords = coordinates.GridCoords(cell_size=field.grid.cell / ARCSEC, npix=NPIX)
    shift = np.exp(2j * np.pi * field.vis.u * field.grid.cell)

    def packed(image):
        cube = torch.fft.fftshift(torch.flip(image, (1,)))[None] / coords.cell_size**2
        return images.ImageCube(coords)(cube)

    return torch, coords, packed, shift


def sampled(seen, data, weight, *, length, note):
    """Return a run of one chain, ``seen`` from an image to visibilities."""
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS
    from pyro.infer.autoguide import init_to_value

    root = weight**0.5

    def model():
        image = pyro.sample("image", dist.Exponential(RATE).expand((NPIX, NPIX)).to_event(2))
        residual = root * (data - seen(image))
        pyro.factor("data", -0.5 * torch.sum(residual.real**2 + residual.imag**2))

    pyro.set_rng_seed(1)
    # its own first point, values of order 1 Jy in every pixel, would be thousands of sigma away
    first = init_to_value(values={"image": torch.full((NPIX, NPIX), 1 / RATE)})
    # its option to compile the model stops at the gradient of the complex visibilities
    kernel = NUTS(model, init_strategy=first)
    chain = MCMC(kernel, num_samples=length, warmup_steps=length, num_chains=1, disable_progbar=True)
    began, wall = process_time(), time.perf_counter()
    chain.run()
    seconds, wall = process_time() - began, time.perf_counter() - wall
    draws = chain.get_samples()["image"].numpy()[None]
    return Run(draws, seconds, 0.0, f"1 chain, {length} + {length}, {wall:.0f} s of wall time, {note}")


def loose(field, quick):
    """Sample with the transform to every visibility."""
    torch, coords, packed, shift = prepared(field)
    from mpol import fourier

    nufft = fourier.NuFFT(coords)
    u, v = (torch.as_tensor(np.ascontiguousarray(a)) for a in (field.vis.u, field.vis.v))
    data, weight = torch.as_tensor(field.vis.data * shift), torch.as_tensor(np.array(field.vis.weight))

    def seen(image):
        return nufft(packed(image), u, v)[0]

    operator = Nufft(field.vis.u, field.vis.v, field.grid)
    mismatch = np.abs(seen(torch.as_tensor(field.truth)).numpy() - shift * operator.forward(field.truth)).max()
    mismatch /= field.truth.sum()
    assert mismatch < 5e-3, f"visibilities of one image differ by {mismatch:.2g} of the flux"
    note = f"every visibility, transforms agree to {mismatch:.0e} of the flux"
    return sampled(seen, data, weight, length=10 if quick else 50, note=note)


def gridded(field, quick):
    """Sample with one FFT and the averages of cells of the uv plane: MPoL's way to many visibilities."""
    _, coords, packed, shift = prepared(field)
    from mpol import fourier, gridding

    data = field.vis.data * shift
    averager = gridding.DataAverager(
        coords=coords,
        uu=np.array(field.vis.u),
        vv=np.array(field.vis.v),
        weight=np.array(field.vis.weight),
        data_re=data.real.copy(),
        data_im=data.imag.copy(),
    )
    # the check looks at the scatter within a cell, most of it the sky's at this signal to noise
    cells = averager.to_pytorch_dataset(check_visibility_scatter=False)
    cube = fourier.FourierCube(coords)

    def seen(image):
        return cube(packed(image))[cells.mask]

    note = f"{int(cells.mask.sum())} cells of the uv plane in place of {len(field.vis)} visibilities"
    return sampled(seen, cells.vis_indexed, cells.weight_indexed, length=10 if quick else 100, note=note)
