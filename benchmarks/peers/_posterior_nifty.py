"""NIFTy.re: correlated log-normal field, samples of geometric variational inference (geoVI) or of MGVI."""

from time import process_time

import numpy as np

from benchmarks.peers._posterior import FLUX, NPIX, Run

ITERATIONS, SAMPLES, DELTA = 8, 4, 1e-4
"""As in its introduction; the last iteration draws more, so that intervals can be read off."""


def likelihood(jft, field):
    """Return its likelihood and the sky: median brightness, fluctuations and slope as in bayesim's run."""
    import jax.numpy as jnp
    from jax_finufft import nufft2, options

    maker = jft.CorrelatedFieldMaker("sky")
    maker.set_amplitude_total_offset(offset_mean=float(np.log(FLUX / NPIX**2 / 2)), offset_std=(0.7, 0.3))
    maker.add_fluctuations(
        (NPIX, NPIX),
        distances=1.0 / NPIX,
        fluctuations=(1.0, 0.5),
        loglogavgslope=(-4.0, 0.5),
        flexibility=(0.5, 0.3),
        prefix="k",
        non_parametric_kind="power",
    )
    logarithm = maker.finalize()
    angle = 2 * np.pi * field.grid.cell
    # columns run West, rows North; both begin at -N/2
    places = jnp.asarray(angle * field.vis.v), jnp.asarray(-angle * field.vis.u)
    only = options.Opts(nthreads=1)

    def sky(x):
        return jnp.exp(logarithm(x))

    def seen(image):
        return nufft2(image.astype(complex), *places, iflag=-1, eps=1e-9, opts=only)

    from bayesim.operators import Nufft

    wanted = Nufft(field.vis.u, field.vis.v, field.grid).forward(field.truth)
    assert np.abs(seen(jnp.asarray(field.truth)) - wanted).max() < 1e-6 * FLUX, "a convention is not the same"
    weight, data = jnp.asarray(field.vis.weight), jnp.asarray(field.vis.data)
    model = jft.Model(lambda x: seen(sky(x)), domain=logarithm.domain, init=logarithm.init)
    return jft.Gaussian(data, lambda x: weight * x, lambda x: jnp.sqrt(weight) * x).amend(model), sky


def inferred(field, quick, mode):
    import jax

    jax.config.update("jax_enable_x64", True)
    import nifty.re as jft

    observed, sky = likelihood(jft, field)
    last, more = ITERATIONS - 1, 5 if quick else 40
    first, later = jax.random.split(jax.random.PRNGKey(1))
    began = process_time()
    samples, _ = jft.optimize_kl(
        observed,
        jft.Vector(observed.init(first)),
        key=later,
        n_total_iterations=ITERATIONS,
        n_samples=lambda i: SAMPLES // 2 if i < 2 else (more if i == last else SAMPLES),
        draw_linear_kwargs={
            "cg_name": "SL",
            "cg_kwargs": {"absdelta": DELTA * jft.size(observed.domain) / 10.0, "maxiter": 100},
        },
        nonlinearly_update_kwargs={
            "minimize_kwargs": {"name": "SN", "xtol": DELTA, "cg_kwargs": {"name": None}, "maxiter": 20}
        },
        kl_kwargs={"minimize_kwargs": {"name": "M", "xtol": DELTA, "cg_kwargs": {"name": None}, "maxiter": 35}},
        sample_mode=mode,
    )
    draws = np.array([sky(sample) for sample in samples])
    seconds = process_time() - began
    # every call of optimize_kl compiles anew, between its computations
    said = f"{ITERATIONS} iterations, {SAMPLES} pairs of samples, {more} pairs in the last; compilation included"
    return Run(draws[None], seconds, 0.0, said, independent=len(draws))


def geovi(field, quick):
    return inferred(field, quick, "nonlinear_resample")


def mgvi(field, quick):
    return inferred(field, quick, "linear_resample")
