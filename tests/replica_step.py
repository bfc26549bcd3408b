"""Takes one SGD step of each family under a strategy; prints the weights as JSON.

All noise is taken out, since replicas draw their own.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from genkeras.layers import ActNorm
from genkeras.training.strategies import make_strategy
from genkeras.zoo import (
    DCGAN,
    GAN,
    MADE,
    R1,
    SNGAN,
    VAE,
    WGANGP,
    BottleneckAutoencoder,
    ConditionalGAN,
    CycleGAN,
    Flow,
    HingeGame,
    Pix2Pix,
    RealNVP,
    WassersteinGPGame,
    WeightClipping,
    WGANGPResNet,
)


class QuietVAE(VAE):
    def _distortion_and_rate(self, x, condition, seed):
        q = self.posterior(x, condition)
        distortion = -self.likelihood(q.mean(), condition).log_prob(x)
        return distortion, self._rate(q, q.mean(), q.log_prob(q.mean()))


class QuietFlowVAE(VAE):
    def _distortion_and_rate(self, x, condition, seed):
        q = self.posterior(x, condition)
        start = q.distribution.mean()
        log_q = q.distribution.log_prob(start)
        log_q -= q.bijector.forward_log_det_jacobian(start, 1)
        z = q.bijector.forward(start)
        distortion = -self.likelihood(z, condition).log_prob(x)
        return distortion, self._rate(q, z, log_q)


class QuietWGANGP(WGANGP):
    def _latents(self, num_samples, seed):
        return tf.ones([num_samples, self.latent_size])


class QuietGAN(GAN):
    def _latents(self, num_samples, seed):
        return tf.ones([num_samples, self.latent_size])


class TwoKinds:
    def _latents(self, num_samples, seed):
        # Two kinds, or batch norm has nothing to scale; as many on each replica.
        rows = 2.0 * tf.cast(tf.range(num_samples) % 2, tf.float32) - 1.0
        return tf.tile(rows[:, None], [1, self.latent_size])


class QuietSNGAN(TwoKinds, SNGAN):
    pass


class QuietDCGAN(TwoKinds, DCGAN):
    pass


class QuietConditionalGAN(TwoKinds, ConditionalGAN):
    pass


class QuietWGANGPResNet(TwoKinds, WGANGPResNet):
    pass


class QuietPix2Pix(TwoKinds, Pix2Pix):
    pass


class Still(tfd.Normal):
    """Three normals whose draws are all one point."""

    def _sample_n(self, n, seed=None):
        return tf.tile([[0.5, -1.0, 2.0]], [n, 1])


class QuietRealNVP(RealNVP):
    def base_distribution(self, batch_shape=()):
        return self._independent(Still, batch_shape)


class QuietGame(WassersteinGPGame):
    def penalty(self, score, real, fake, seed):
        return super().penalty(score, real, real, seed)  # the mix draws nothing


def step(model, x, batch):
    data = tf.data.Dataset.from_tensor_slices(x).batch(batch)
    return fitted(model, data, epochs=1)


def fitted(model, *args, **kwargs):
    before = flat(model)
    model.fit(*args, **kwargs, verbose=0)
    strategy = model.distribute_strategy
    return {
        "replicas": strategy.num_replicas_in_sync,
        "before": before,
        "after": flat(model),
    }


def flat(model):
    weights = [np.ravel(v.numpy()) for v in model.weights if "float" in v.dtype]
    return np.concatenate(weights).astype(float).tolist()


def main(name):
    strategy = make_strategy(name)
    rng = np.random.default_rng(0)
    x = np.tanh(rng.normal(size=(20, 3))).astype("float32")
    binary = (rng.random((20, 6)) > 0.5).astype("float32")
    results = {}
    with strategy.scope():
        keras.utils.set_random_seed(0)
        flow = RealNVP(3, 2, (8,), seed=0)
        flow.compile(keras.optimizers.SGD(0.1))
        uneven = RealNVP(3, 2, (8,), seed=0)
        uneven.compile(keras.optimizers.SGD(0.1))
        act_norm = Flow([ActNorm()], (3,), seed=0)
        act_norm.compile(keras.optimizers.SGD(0.1))
        towards = QuietRealNVP(3, 2, (8,), seed=0)
        towards.compile(keras.optimizers.SGD(0.1))
        vae = QuietVAE((6,), 2, hidden_units=(8,), seed=0)
        vae.compile(keras.optimizers.SGD(0.1))
        vae_flow = QuietFlowVAE(
            (6,), 2, hidden_units=(8,), num_flows=2, flow_units=(8,), seed=0
        )
        vae_flow.compile(keras.optimizers.SGD(0.1))
        gan = QuietWGANGP(
            (3,),
            2,
            output_activation="linear",
            ema_decay=0.5,
            seed=0,
            generator_units=(8,),
            discriminator_units=(8,),
        )
        gan.game = QuietGame()
        gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        sngan = QuietSNGAN(
            (4, 4, 1),
            2,
            generator_filters=(8, 6),
            discriminator_filters=(2, 3),
            num_critic_steps=1,
            seed=0,
        )
        dcgan = QuietDCGAN(
            (4, 4, 1),
            2,
            generator_filters=(8, 6),
            discriminator_filters=(2, 3),
            kernel_size=3,
            seed=0,
        )
        dcgan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        sngan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        conditional = QuietConditionalGAN(
            (4, 4, 1),
            2,
            condition_spec={"num_classes": 3},
            game=HingeGame(),
            generator_filters=(6, 5),
            discriminator_filters=(3,),
            seed=0,
        )
        for v in conditional.generator.trainable_variables:
            # Off the start, where no label shows, and each replica has others.
            v.assign_add(0.3 * rng.normal(size=v.shape))
        conditional.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        bound = QuietGAN(
            (3,), 2, generator_units=(8,), discriminator_units=(8,), seed=0
        )
        bound.game = HingeGame(regularizers=[R1(gamma=1.0), WeightClipping(0.3)])
        bound.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    results["real_nvp"] = step(flow, x, 20)
    results["uneven"] = step(uneven, x[:5], 4)  # a last batch that leaves one empty
    results["act_norm"] = step(act_norm, 5.0 + 3.0 * x[:5], 4)  # it starts from data
    results["reverse_kl"] = fitted(
        towards,
        target_log_prob_fn=lambda x: -tf.reduce_sum((x - 1.0) ** 2, axis=-1),
        batch_size=5,  # a replica has one draw more than the other
        steps_per_epoch=1,
    )
    results["vae"] = step(vae, binary, 20)
    results["vae_flow"] = step(vae_flow, binary, 20)
    results["wgan_gp"] = step(gan, x, 20)
    images = np.tanh(rng.normal(size=(20, 4, 4, 1))).astype("float32")
    results["dcgan"] = step(dcgan, images, 20)
    results["sngan"] = step(sngan, images, 20)
    labels = np.arange(20) // 2 % 3
    results["conditional_gan"] = step(conditional, (images, labels), 20)
    results["regularized"] = step(bound, x, 20)
    print(json.dumps(results))


def heavy(name):
    strategy = make_strategy(name)
    images = np.random.default_rng(0).uniform(-1, 1, (20, 4, 4, 1)).astype("float32")
    with strategy.scope():
        keras.utils.set_random_seed(0)
        resnet = QuietWGANGPResNet(
            (4, 4, 1),
            2,
            generator_filters=(6, 5),
            discriminator_filters=(3, 4),
            num_downsamples=1,
            seed=0,
        )
        resnet.game = QuietGame(num_critic_steps=1, weight=0.1)
        resnet.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    print(json.dumps({"wgan_gp_resnet": step(resnet, images, 20)}))


def translators(name):
    strategy = make_strategy(name)
    rng = np.random.default_rng(0)
    images = np.tanh(rng.normal(size=(20, 4, 4, 1)))
    judge = {"discriminator_filters": (2, 3), "num_downsamples": 1}
    with strategy.scope():
        keras.utils.set_random_seed(0)
        pix2pix = QuietPix2Pix(
            (4, 4, 1),
            generator_filters=(4, 5),
            normalization="batch",
            seed=0,
            **judge,
        )
        pix2pix.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        cycle_gan = CycleGAN(
            (4, 4, 1),
            filters=(2, 3),
            num_blocks=1,
            pool_size=7,  # filled, and written over, within the first batch
            # Norms of small maps magnify the rounding of float32 to 1e-5.
            dtype="float64",
            seed=0,
            **judge,
        )
        for v in cycle_gan.trainable_variables:
            v.assign_add(0.3 * rng.normal(size=v.shape))
        cycle_gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01))
    single = images.astype("float32")
    results = {"pix2pix": step(pix2pix, (single, single[::-1]), 20)}
    # The last batch gives 6 images to one replica and 2 to the other.
    results["cycle_gan"] = step(cycle_gan, (images, images[::-1]), 12)
    print(json.dumps(results))


def _fit_on_other_rows(model, rows, strategy):
    """What `fit` says where each worker reads the rows in another order."""
    first = getattr(strategy.cluster_resolver, "task_id", None)
    if first is None:
        return ""
    data = tf.data.Dataset.from_tensor_slices(np.roll(rows, first, axis=0)).batch(4)
    try:
        model.fit(data, verbose=0)
    except ValueError as error:
        return str(error)
    return ""


def ten_steps(name, *families):
    """Ten steps of one model a family; the last batch of an epoch leaves one empty."""
    strategy = make_strategy(name)
    rng = np.random.default_rng(0)
    x = np.tanh(rng.normal(size=(17, 3))).astype("float32")
    binary = (rng.random((17, 6)) > 0.5).astype("float32")
    # None is left empty: oneDNN's convolutions give an empty batch another shape.
    images = np.tanh(rng.normal(size=(16, 4, 4, 1))).astype("float32")
    makers = {
        "flow": lambda: (RealNVP(3, 2, (8,), seed=0), x),
        "act_norm": lambda: (Flow([ActNorm()], (3,), seed=0), x),
        "vae": lambda: (QuietVAE((6,), 2, hidden_units=(8,), seed=0), binary),
        "autoregressive": lambda: (
            MADE(6, (8,), num_levels=2, seed=0),
            binary.astype(int),
        ),
        "autoencoder": lambda: (
            BottleneckAutoencoder((6,), 2, hidden_units=(8,), seed=0),
            binary,
        ),
        "gan": lambda: (
            QuietGAN(
                (3,),
                2,
                generator_units=(8,),
                discriminator_units=(8,),
                ema_decay=0.5,
                seed=0,
            ),
            x,
        ),
        "dcgan": lambda: (
            QuietDCGAN(
                (4, 4, 1),
                2,
                generator_filters=(8, 6),
                discriminator_filters=(2, 3),
                kernel_size=3,
                seed=0,
            ),
            images,
        ),
    }
    results = {}
    for family in families:
        with strategy.scope():
            keras.utils.set_random_seed(0)
            model, rows = makers[family]()
            players = 2 if "gan" in family else 1
            model.compile(*(keras.optimizers.SGD(0.1, 0.9) for _ in range(players)))
        before = flat(model)
        refused = _fit_on_other_rows(model, rows, strategy)
        history = model.fit(
            rows,
            batch_size=4,
            epochs=2,
            shuffle=False,
            verbose=0,
            validation_data=(rows,),
        ).history
        results[family] = {
            "replicas": strategy.num_replicas_in_sync,
            "refused": refused,
            "before": before,
            "after": flat(model),
            "history": {key: np.ravel(v).tolist() for key, v in history.items()},
            "predicted": np.ravel(model.predict(rows, verbose=0))[:4].tolist()
            if players == 1
            else [],
        }
    print(json.dumps(results))


if __name__ == "__main__":
    kinds = {
        "light": main,
        "heavy": heavy,
        "translators": translators,
        "ten_steps": ten_steps,
    }
    kinds[sys.argv[2]](sys.argv[1], *sys.argv[3:])
