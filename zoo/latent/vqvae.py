"""The vector-quantized autoencoder.

Reference:
    van den Oord, Vinyals and Kavukcuoglu, 2017, "Neural Discrete Representation
    Learning", https://arxiv.org/abs/1711.00937
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.blocks import (
    check_network,
    refuse_sigmoid,
    revive_networks,
    run_network,
    serialize_networks,
)
from ...layers.replicas import global_batch, sum_over_replicas, update_everywhere
from ..autoregressive import AutoregressiveModel
from ..base import (
    GenerativeModel,
    check_error,
    mean_errors,
    range_for,
    refusal,
    to_mean,
)
from .code_data import check_code_prior, code_data, need_prior
from .code_networks import code_decoder, code_encoder


@keras.saving.register_keras_serializable(package="genkeras")
class VQVAE(GenerativeModel):
    """An autoencoder of images whose code is a map of entries of a code book.

        e(x) = encoder(x), [B, h, w, D],   k = argmin_k |e - c_k|^2
        x' = decoder(c_k), where the gradient passes from c_k to e as if they were one
        loss = mean over dimensions of error(x, x') + commitment * mean (e - sg(c_k))^2

    The code book follows the encoder by moving averages of how many outputs each entry
    has, and of their sum. An entry that hardly any output is nearest to is dead: it is
    set to an output of the batch. Metrics are the `loss`, the `reconstruction` error
    and the `perplexity` of the batch's codes, `K` where all are used alike.

    The prior is a second model, of the codes: any autoregressive one over `[h, w, 1]`
    with `num_levels=num_codes`. `fit` leaves it alone; once the code book stands,
    `fit_prior` trains it on the codes of the same data, and `sample` decodes what it
    draws. A prior with a condition makes the model conditional: data is then
    `(x, condition)`, of which encoder and decoder see `x` alone. Without a prior,
    `sample` draws each code by how often it was used, each place by itself: noise.

    With a prior, what the code of `x` gives bounds its log-likelihood (`elbo`):

        log p(x) = log sum_k p(k) p(x | k) >= log p(k(x)) + log p(x | k(x))

    Args:
        event_shape: three ints `(H, W, C)`.
        num_codes: int. Entries of the code book, `K`.
        code_size: int. Their length, `D`.
        filters: sequence of int. Maps of the encoder's stride-2 convolutions; the
            decoder has them in reverse order. `H` and `W` are multiples of 2 to their
            number.
        activation: str. Hidden activation.
        encoder: None, or your own Keras network from `[B, H, W, C]` to `[B, h, w, D]`.
        decoder: None, or your own from `[B, h, w, D]` to `[B, H, W, C]`: logits, for
            the error "cross_entropy".
        prior: None, or an `AutoregressiveModel`, such as `GatedPixelCNN`.
        error: str. "cross_entropy", of data in `[0, 1]`, or "squared".
        commitment: float. How much the encoder keeps to the entries.
        decay: float. How much of the averages a step keeps.
        revive_below: float. An entry with less than this part of the mean use is dead.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, H, W, C]` floats.
        condition: what belongs to it, which the reconstruction does not see.

    Returns:
        `[B, H, W, C]` floats: the reconstruction.

    Raises:
        ValueError: for other shapes or errors, a prior of other codes, and a
            `condition_spec`, which is the prior's.

    Example:
    >>> model = VQVAE((8, 8, 1), num_codes=16, code_size=4, filters=(8, 8))
    >>> codes = model.encode(np.ones([5, 8, 8, 1], "float32"))
    >>> codes.shape, model.decode(codes).shape
    (TensorShape([5, 2, 2]), TensorShape([5, 8, 8, 1]))
    >>> from genkeras.zoo import GatedPixelCNN
    >>> prior = GatedPixelCNN((2, 2, 1), 4, 2, num_levels=16)
    >>> model = VQVAE((8, 8, 1), 16, 4, filters=(8, 8), prior=prior)
    >>> x = np.random.default_rng(0).random([20, 8, 8, 1], "float32")
    >>> model.compile("adam")
    >>> _ = model.fit(x, verbose=0)
    >>> _ = model.fit_prior(x, verbose=0)
    >>> model.sample(3, seed=0).shape, model.elbo(x).shape
    (TensorShape([3, 8, 8, 1]), TensorShape([20]))

    Reference:
        van den Oord et al., 2017, eq. 3, section 3.3 for the prior, appendix A.1,
        https://arxiv.org/abs/1711.00937; Dhariwal et al., 2020, section 3.1, for dead
        codes, https://arxiv.org/abs/2005.00341
    """

    metric_names = ("loss", "reconstruction", "perplexity")

    def __init__(
        self,
        event_shape: Sequence[int],
        num_codes: int = 512,
        code_size: int = 64,
        *,
        filters: Sequence[int] = (64, 64),
        activation: str = "relu",
        encoder: keras.layers.Layer | dict | None = None,
        decoder: keras.layers.Layer | dict | None = None,
        prior: AutoregressiveModel | dict | None = None,
        error: str = "cross_entropy",
        commitment: float = 0.25,
        decay: float = 0.99,
        revive_below: float = 0.03,
        **kwargs,
    ):
        for name in ("condition_spec", "num_levels"):
            if kwargs.pop(name, None) is not None:
                raise refusal(
                    f"VQVAE has floats, and its prior's condition. Received: {name}=."
                )
        check_error(error)
        if len(event_shape) != 3 or any(n % 2 ** len(filters) for n in event_shape[:2]):
            raise refusal(
                "VQVAE takes images whose sides are multiples of "
                f"{2 ** len(filters)}. Received: event_shape={tuple(event_shape)}."
            )
        super().__init__(event_shape, **kwargs)
        # === Config ===
        self.num_codes, self.code_size = num_codes, code_size
        self.filters = tuple(filters)
        self.activation = activation
        self.error = error
        self.commitment = commitment
        self.decay = decay
        self.revive_below = revive_below
        self.value_range = range_for(error)
        # === Layers ===
        self.given_networks = revive_networks(
            encoder=encoder, decoder=decoder, prior=prior
        )
        self.encoder = self.given_networks["encoder"] or code_encoder(
            code_size, self.filters, **self._network_options()
        )
        self.code_shape = self._code_shape()
        self.decoder = self.given_networks["decoder"] or code_decoder(
            self.event_shape[-1], self.filters[::-1], **self._network_options()
        )
        check_network(self.decoder, "decoder", [self.code_shape], self.event_shape)
        if error == "cross_entropy":
            refuse_sigmoid(self.given_networks["decoder"], "decoder", "logits")
        self.prior = self.given_networks["prior"]
        if self.prior is not None:
            check_code_prior(self.prior, self.code_shape[:2], num_codes)
            self.condition_spec = self.prior.condition_spec
            self.condition_encoder = self.prior.condition_encoder
        self.code_book = self._average("code_book", (num_codes, code_size))
        self.code_sums = self._average("code_sums", (num_codes, code_size))
        self.code_sums.assign(self.code_book)
        self.code_counts = self._average("code_counts", (num_codes,), "ones")
        self.build()

    def _average(self, name, shape, initializer=None):
        initializer = initializer or keras.initializers.RandomNormal(seed=self.seed)
        return self.add_weight(
            shape=shape, initializer=initializer, trainable=False, name=name
        )

    # === Networks ===
    def _network_options(self):
        return {"activation": self.activation, "dtype": self.dtype_policy}

    def _code_shape(self):
        wanted = (None, None, self.code_size)
        check_network(self.encoder, "encoder", [self.event_shape], wanted)
        zeros = tf.zeros((1, *self.event_shape), self.variable_dtype)
        return tuple(run_network(self.encoder, zeros).shape[1:])

    def _build_networks(self, x, condition):
        self._decode(self._embed(self._nearest(self._encode(x))))

    # === The code book ===
    def _encode(self, x):
        return tf.cast(run_network(self.encoder, x), self.variable_dtype)

    def _nearest(self, outputs):
        """Returns the index of the nearest entry: `[..., D]` to `[...]` int32."""
        book = tf.convert_to_tensor(self.code_book)
        # Without the square of the output, which is the same for all entries.
        distance = tf.reduce_sum(tf.square(book), axis=1) - 2.0 * tf.tensordot(
            outputs, book, [[-1], [1]]
        )
        return tf.argmin(distance, axis=-1, output_type=tf.int32)

    def _embed(self, codes):
        return tf.gather(tf.convert_to_tensor(self.code_book), codes)

    def _decode(self, embedded):
        """Returns logits, or what the error is squared of."""
        return tf.cast(run_network(self.decoder, embedded), self.variable_dtype)

    def _counts(self, codes):
        """Returns how often each entry is in the global batch: `[K]`."""
        one_hot = tf.one_hot(tf.reshape(codes, [-1]), self.num_codes)
        counts = tf.reduce_sum(tf.cast(one_hot, self.variable_dtype), axis=0)
        return sum_over_replicas(counts)

    def _follow(self, outputs, codes):
        """Moves the averages, and sets what is dead to outputs of the batch."""
        flat = tf.stop_gradient(tf.reshape(outputs, [-1, self.code_size]))
        hot = tf.one_hot(tf.reshape(codes, [-1]), self.num_codes, dtype=flat.dtype)
        new_sums = sum_over_replicas(tf.matmul(hot, flat, transpose_a=True))
        rate = 1.0 - self.decay
        counts = self.code_counts + rate * (self._counts(codes) - self.code_counts)
        sums = self.code_sums + rate * (new_sums - self.code_sums)
        mean = tf.reduce_mean(counts)
        dead = counts < self.revive_below * mean
        # The same rows on every replica: of all their outputs, by the step's number.
        every, _ = global_batch(flat)
        step = tf.cast(self.optimizer.iterations, tf.int32)
        rows = tf.random.stateless_uniform(
            [self.num_codes],
            tf.stack([step, 0]),
            maxval=tf.shape(every)[0],
            dtype=tf.int32,
        )
        counts = tf.where(dead, mean, counts)
        sums = tf.where(dead[:, None], mean * tf.gather(every, rows), sums)
        book = sums / tf.maximum(counts, 1e-6)[:, None]
        variables = (self.code_counts, self.code_sums, self.code_book)
        pairs = zip(variables, (counts, sums, book), strict=True)
        update_everywhere(lambda v, new: v.assign(new), pairs)

    # === Training ===
    def _optimizer_variables(self):
        return self.encoder.trainable_variables + self.decoder.trainable_variables

    def call(self, x, condition=None, *, seed=None):
        if seed is None:
            return self.reconstruct(x)
        outputs = self._encode(x)
        codes = self._nearest(outputs)
        entries = self._embed(codes)
        through = outputs + tf.stop_gradient(entries - outputs)
        gap = tf.reduce_mean(
            tf.math.squared_difference(outputs, tf.stop_gradient(entries)), [1, 2, 3]
        )
        return {
            "reconstruction": mean_errors(x, self._decode(through), self.error),
            "gap": gap,
            "outputs": outputs,
            "codes": codes,
        }

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        terms = self(x, seed=seed, training=training)
        shares = self._counts(terms["codes"])
        shares /= tf.reduce_sum(shares)
        entropy = -tf.reduce_sum(tf.math.xlogy(shares, shares))
        if training:
            self._follow(terms["outputs"], terms["codes"])
        error = terms["reconstruction"]
        return {
            "loss": error + self.commitment * terms["gap"],
            "reconstruction": error,
            "perplexity": tf.fill(tf.shape(error), tf.exp(entropy)),
        }

    # === Codes ===
    def encode(self, x) -> tf.Tensor:
        """Returns the codes: `[B, H, W, C]` to `[B, h, w]` int32 below `K`."""
        return self._nearest(self._encode(self.front_door.check_event(x)))

    def decode(self, codes) -> tf.Tensor:
        """Returns images of codes: `[B, h, w]` integers to `[B, H, W, C]`."""
        codes = tf.convert_to_tensor(codes)
        wanted = self.code_shape[:2]
        fits = codes.shape.is_compatible_with([None, *wanted])
        if not fits or not codes.dtype.is_integer:
            raise refusal(
                f"VQVAE decodes integers of shape [B, {wanted[0]}, {wanted[1]}]. "
                f"Received: {codes.dtype.name} of shape {tuple(codes.shape)}."
            )
        return to_mean(self._decode(self._embed(codes)), self.error)

    def reconstruct(self, x) -> tf.Tensor:
        """Returns the decoded codes of each image."""
        return self.decode(self.encode(x))

    def code_use(self, x) -> float:
        """Returns the part of the code book that a set of images uses."""
        used = tf.unique(tf.reshape(self.encode(x), [-1])).y
        return int(tf.size(used)) / self.num_codes

    # === The prior ===
    def fit_prior(
        self, x, condition=None, *, optimizer="adam", validation_data=None, **kwargs
    ) -> keras.callbacks.History:
        """Trains the prior on the codes of examples; the code book stays as it is.

        Args:
            x: `[N, H, W, C]`, or a `tf.data.Dataset` of batches of `x` or
                `(x, condition)`, which is read, and encoded, once.
            condition: the condition of each, if the prior has one.
            optimizer: a Keras optimizer or its name; None to go on with the present.
            validation_data: None, arrays `x` or `(x, condition)`, or such a data set.
            **kwargs: `epochs`, `batch_size`, `callbacks`, ... of `fit`.

        Returns:
            What `fit` returns: `nll` is in nats per map of codes, `bits_per_dim` in
            bits per code.

        Raises:
            ValueError: without a prior, and for data that does not fit.
        """
        need_prior(self, "fit_prior")
        if validation_data is not None:
            many = isinstance(validation_data, tuple | list)
            parts = validation_data if many else [validation_data]
            kwargs["validation_data"] = code_data(self, *parts)
        codes = code_data(self, x, condition)
        if optimizer is not None:
            with self.distribute_strategy.scope():
                self.prior.compile(optimizer)
        return self.prior.fit(*codes, **kwargs)

    def elbo(self, x, condition=None) -> tf.Tensor:
        """Returns a lower bound on `log p(x)` of bits, in nats: `[B]`.

        It has no noise, as one code stands for each image.

        Raises:
            ValueError: without a prior, and of a squared error, which is no likelihood.
        """
        need_prior(self, "elbo")
        if self.error != "cross_entropy":
            raise refusal(
                f"VQVAE.elbo is of a cross-entropy. Received: error={self.error!r}."
            )
        x, condition = self._enter(x, condition)
        codes = self._nearest(self._encode(x))
        errors = mean_errors(x, self._decode(self._embed(codes)), self.error)
        log_prior = self.prior.log_prob(codes[..., None], condition)
        return log_prior - self.num_dimensions * errors

    # === Sampling ===
    def _sample(self, num_samples, condition, seed):
        if self.prior is not None:
            return self.decode(self.prior._sample(num_samples, condition, seed)[..., 0])
        logits = tf.math.log(self.code_counts + 1e-6)[None]
        size = self.code_shape[0] * self.code_shape[1]
        draws = tf.random.stateless_categorical(
            logits, num_samples * size, seed, dtype=tf.int32
        )
        return self.decode(tf.reshape(draws, [-1, *self.code_shape[:2]]))

    def _sample_rows(self, seeds, condition):
        if self.prior is None:
            return super()._sample_rows(seeds, condition)
        return self.decode(self.prior._sample_rows(seeds, condition)[..., 0])

    # === Exporting ===
    def _endpoints(self):
        x = [self.front_door.event_spec()]
        codes = [tf.TensorSpec((None, *self.code_shape[:2]), tf.int32, name="codes")]
        return {
            "reconstruct": (lambda x: {"x": self.reconstruct(x)}, x),
            "encode": (lambda x: {"codes": self.encode(x)}, x),
            "decode": (lambda codes: {"x": self.decode(codes)}, codes),
        }

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        for name in ("condition_spec", "num_levels"):
            config.pop(name)
        return {
            **config,
            **serialize_networks(self.given_networks),
            "num_codes": self.num_codes,
            "code_size": self.code_size,
            "filters": self.filters,
            "activation": self.activation,
            "error": self.error,
            "commitment": self.commitment,
            "decay": self.decay,
            "revive_below": self.revive_below,
        }
