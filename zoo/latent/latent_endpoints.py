"""Signatures of models with latent variables."""

import tensorflow as tf


def latent_endpoints(model) -> dict:
    """Returns what a `LatentVariableModel` is served with, the default first."""

    def reconstruct(x, *condition):
        return {"x": model.reconstruct(x, model.front_door.pack_condition(condition))}

    specs = tf.nest.flatten(model.latent_specs())
    prefixes = [f"{spec.name}_" if len(specs) > 1 else "" for spec in specs]

    def encode(x, *condition):
        moments = model.encode(x, model.front_door.pack_condition(condition))
        named = zip(("mean", "stddev"), map(tf.nest.flatten, moments), strict=True)
        return {
            f"{prefix}{name}": leaf
            for name, leaves in named
            for prefix, leaf in zip(prefixes, leaves, strict=True)
        }

    def decode(*given):
        z, condition = given[: len(specs)], given[len(specs) :]
        z = tf.nest.pack_sequence_as(model.latent_specs(), z)
        return {"x": model.decode(z, model.front_door.pack_condition(condition))}

    def elbo(x, *condition):
        return {"elbo": model.elbo(x, model.front_door.pack_condition(condition))}

    with_x = [model.front_door.event_spec(), *model.front_door.condition_specs()]
    return {
        "reconstruct": (reconstruct, with_x),
        "encode": (encode, with_x),
        "decode": (decode, [*specs, *model.front_door.condition_specs()]),
        "elbo": (elbo, with_x),
    }
