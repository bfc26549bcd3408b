"""What a model gives at fixed seeds, as its exported signatures would."""

import numpy as np
import tensorflow as tf

from genkeras.zoo import (
    VQVAE,
    Autoencoder,
    CycleGAN,
    DensityModel,
    LatentVariableModel,
    NormalizingFlow,
    Pix2Pix,
)


def outputs(model, x, condition=None, *, seed=5):
    """Every answer of the public methods: `{signature: (inputs, outputs)}`.

    Inputs and outputs are dicts of arrays under the signature's names.
    """
    count = len(x)
    x = np.asarray(x, "int32" if model.num_levels is not None else model.variable_dtype)
    given, own = _flat(model, condition), _family(model, x, condition, seed)
    # The two sides of a cycle, and the codes below a prior, know no condition.
    alone = own if isinstance(model, CycleGAN | VQVAE) else {}
    parts = {**own, **_samples(model, count, condition, seed)}
    return {
        name: (
            inputs if name in alone else {**inputs, **given},
            {key: np.asarray(v) for key, v in result.items()},
        )
        for name, (inputs, result) in parts.items()
    }


def _family(model, x, condition, seed):
    if isinstance(model, LatentVariableModel):
        return _latent(model, x, condition)
    if isinstance(model, VQVAE):
        return _quantized(model, x)
    if isinstance(model, Autoencoder):
        return _autoencoder(model, x)
    if isinstance(model, DensityModel):
        return _density(model, x, condition)
    if isinstance(model, CycleGAN):
        return _cycle(model, x, condition)
    z = _noise(model, (len(x), model.latent_size))
    return {
        **_translated(model, condition, seed),
        **_truncated(model, len(x), condition, seed),
        "generate": ({"z": z}, {"x": model.generate(z, condition)}),
        "discriminate": ({"x": x}, {"scores": model.discriminate(x, condition)}),
    }


def _cycle(model, a, b):
    b = np.asarray(b, a.dtype)
    return {
        "translate_to_b": ({"a": a}, {"b": model.translate(a, to="b")}),
        "translate_to_a": ({"b": b}, {"a": model.translate(b, to="a")}),
        "reconstruct_a": ({"a": a}, {"a": model.reconstruct(a, of="a")}),
        "reconstruct_b": ({"b": b}, {"b": model.reconstruct(b, of="b")}),
        "discriminate_a": ({"a": a}, {"scores": model.discriminate(a, of="a")}),
        "discriminate_b": ({"b": b}, {"scores": model.discriminate(b, of="b")}),
    }


def _translated(model, source, seed):
    if not isinstance(model, Pix2Pix):
        return {}
    inputs = {"seed": np.asarray([0, seed], "int32")}
    return {"translate": (inputs, {"x": model.translate(source, seed=seed)})}


def _truncated(model, count, condition, seed):
    draw = model.sample(count, condition=condition, seed=seed, truncation=0.5)
    bound = np.asarray(0.5, model.variable_dtype)
    inputs = {**_draws(count, seed), "truncation": bound}
    return {"sample_truncated": (inputs, {"samples": draw})}


def _density(model, x, condition):
    parts = {"log_prob": ({"x": x}, {"log_prob": model.log_prob(x, condition)})}
    if isinstance(model, NormalizingFlow):
        z = _noise(model, (len(x), *model.event_shape))
        parts["encode"] = ({"x": x}, {"z": model.encode(x, condition)})
        parts["decode"] = ({"z": z}, {"x": model.decode(z, condition)})
    return parts


def _latent(model, x, condition):
    specs = tf.nest.flatten(model.latent_specs())
    latents = [_noise(model, (len(x), *spec.shape[1:])) for spec in specs]
    z = tf.nest.pack_sequence_as(model.latent_specs(), latents)
    moments = zip(("mean", "stddev"), model.encode(x, condition), strict=True)
    encoded = {
        f"{spec.name}_{name}" if len(specs) > 1 else name: leaf
        for name, leaves in moments
        for spec, leaf in zip(specs, tf.nest.flatten(leaves), strict=True)
    }
    named = {spec.name: leaf for spec, leaf in zip(specs, latents, strict=True)}
    return {
        "reconstruct": ({"x": x}, {"x": model.reconstruct(x, condition)}),
        "encode": ({"x": x}, encoded),
        "decode": (named, {"x": model.decode(z, condition)}),
        "elbo": ({"x": x}, {"elbo": model.elbo(x, condition)}),
    }


def _quantized(model, x):
    rng = np.random.default_rng(1)
    shape = (len(x), *model.code_shape[:2])
    codes = rng.integers(0, model.num_codes, shape, dtype="int32")
    return {
        "reconstruct": ({"x": x}, {"x": model.reconstruct(x)}),
        "encode": ({"x": x}, {"codes": model.encode(x)}),
        "decode": ({"codes": codes}, {"x": model.decode(codes)}),
    }


def _autoencoder(model, x):
    z = _noise(model, (len(x), model.latent_size))
    return {
        "reconstruct": ({"x": x}, {"x": model.reconstruct(x)}),
        "encode": ({"x": x}, {"z": model.encode(x)}),
        "decode": ({"z": z}, {"x": model.decode(z)}),
    }


def _samples(model, count, condition, seed):
    draw = model.sample(count, condition=condition, seed=seed)
    # A row of `sample_rows` is one sample under that row's seed; two are enough.
    seeds = seed + np.arange(count, dtype="int32")
    drawn = [
        model.sample(1, condition=_row(condition, i), seed=int(seeds[i]))[0]
        for i in range(min(count, 2))
    ]
    return {
        "sample": (_draws(count, seed), {"samples": draw}),
        "sample_rows": ({"seed": seeds}, {"samples": tf.stack(drawn)}),
    }


def _draws(count, seed):
    return {"num_samples": np.int32(count), "seed": np.asarray([0, seed], "int32")}


def _row(condition, i):
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else leaf[i : i + 1], condition
    )


def _flat(model, condition):
    """The condition under the names that the signatures give it."""
    if condition is None:
        return {}
    leaves = condition if isinstance(condition, dict) else {"condition": condition}
    checked = model.condition_encoder.check(condition, "outputs")
    values = checked if isinstance(condition, dict) else {"condition": checked}
    return {name: np.asarray(values[name]) for name in leaves}


def _noise(model, shape):
    return np.random.default_rng(7).normal(size=shape).astype(model.variable_dtype)


def state(model):
    """Weights, seeds and optimizers: all that a resumed run goes on from."""
    arrays = {f"weights/{i}": v for i, v in enumerate(model.weights)}
    for name in ("optimizer", "discriminator_optimizer"):
        optimizer = getattr(model, name, None)
        for i, v in enumerate(optimizer.variables if optimizer else []):
            arrays[f"{name}/{i}"] = v
    for i, v in enumerate(v for v in model.variables if "seed" in v.name):
        arrays[f"seed/{i}"] = v
    return {name: v.numpy() for name, v in arrays.items()}


def answers(model, x, condition=None):
    """The outputs alone, `{signature/key: array}`."""
    return {
        f"{name}/{key}": value
        for name, (_, result) in outputs(model, x, condition).items()
        for key, value in result.items()
    }


def check_same(got, wanted, *, atol=0.0):
    """Two states have the same parts, equal bit for bit unless `atol` is given."""
    assert got.keys() == wanted.keys(), got.keys() ^ wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_allclose(got[name], array, rtol=atol, atol=atol, err_msg=name)
