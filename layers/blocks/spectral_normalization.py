"""Spectral normalisation of a layer's weight."""

import keras
import tensorflow as tf

_TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_WRAPPED = (
    keras.layers.Dense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Embedding,
    *_TRANSPOSED,
)


@keras.saving.register_keras_serializable(package="genkeras")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides a layer's weight by its largest singular value.

        W_bar = W / sigma,   sigma = v^T W u,   v = W u / |W u|

    `W` is the kernel (or the embeddings) as a matrix with a column for each output
    unit. The direction `u` is not trained: it follows `W` by one step of the power
    method in each training step, and rests in evaluation. It is saved with the
    weights. Gradients pass through `W` and `sigma`, not through `u` and `v`. The
    kernel itself is kept as it is, and `sigma` taken in float32 at least.

    The singular value of a convolution's kernel as a matrix is not that of the
    convolution as a map of images, which differs by up to the root of the kernel's
    area; the paper takes the former, and so do we.

    `keras.layers.SpectralNormalization` overwrites the kernel instead, so that the
    gradient loses the part through `sigma`.

    Args:
        layer: a Keras `Dense`, `Conv`, `ConvTranspose` or `Embedding` layer.
        **kwargs: `name`, ... passed on to `keras.layers.Wrapper`.

    Call arguments:
        inputs: what the layer takes.
        training: bool. Whether to take a power step first. In an `AdversarialModel`
            the model takes it, once in each step of the player that owns the layer:
            all calls of that step, on real and generated examples, see one `W_bar`.

    Returns:
        What the layer returns.

    Raises:
        TypeError: for another layer.

    Example:
    >>> layer = SpectralNormalization(keras.layers.Dense(3))
    >>> layer(tf.ones([2, 5])).shape
    TensorShape([2, 3])

    Reference:
        Miyato et al., 2018, algorithm 1, https://arxiv.org/abs/1802.05957
    """

    # How often the power method runs before the first step, where `u` is new.
    num_first_steps = 30

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, _WRAPPED):
            raise TypeError(
                "SpectralNormalization takes a layer with one weight matrix: Dense, "
                "Conv, ConvTranspose or Embedding. Received: "
                f"{type(layer).__name__}."
            )
        # In the weights' precision under a mixed policy too; the layer casts.
        kwargs.setdefault("dtype", layer.variable_dtype)
        super().__init__(layer, autocast=False, **kwargs)
        self.step_in_call = True

    def build(self, input_shape=None):
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=(self._matrix().shape[-1],),
            initializer=self._first_direction,
            dtype=_wide(self.variable_dtype),
            trainable=False,
            # Each replica computes the same; the first one's is kept.
            aggregation="only_first_replica",
        )

    def _first_direction(self, shape, dtype=None):
        matrix = tf.cast(self._matrix(), dtype)
        u = tf.random.stateless_normal(shape, seed=(0, 1), dtype=dtype)
        for _ in range(self.num_first_steps):
            u = _power_step(matrix, u)
        return u

    @property
    def weight(self) -> keras.Variable:
        """The weight of the layer, which is not normalised."""
        kind = keras.layers.Embedding
        layer = self.layer
        return layer.embeddings if isinstance(layer, kind) else layer.kernel

    def _matrix(self):
        """The weight as `[inputs, outputs]`, in float32 at least."""
        weight = self.weight.value
        if isinstance(self.layer, _TRANSPOSED):
            weight = tf.linalg.matrix_transpose(weight)  # [..., inputs, outputs]
        weight = tf.cast(weight, _wide(weight.dtype))
        return tf.reshape(weight, [-1, weight.shape[-1]])

    def sigma(self) -> tf.Tensor:
        """Returns the estimate of the largest singular value: `[]`."""
        matrix, u = self._matrix(), tf.stop_gradient(self.u.value)
        mapped = tf.linalg.matvec(matrix, u)  # [inputs]
        v = tf.stop_gradient(tf.math.l2_normalize(mapped))
        return tf.reduce_sum(v * mapped)

    def power_step(self):
        """Moves `u` towards the direction that the weight stretches most."""
        self.u.assign(_power_step(self._matrix(), self.u.value))

    def call(self, inputs, training=None):
        if training and self.step_in_call:
            self.power_step()
        weight = self.weight.value
        normalised = weight / tf.cast(self.sigma(), weight.dtype)
        # The innermost scope counts: it must hold what an outer one says of the rest.
        values = [(v, v.value) for v in self.layer.variables]
        with keras.StatelessScope([*values, (self.weight, normalised)]):
            return self.layer(inputs)


def spectral_layers(network) -> list[SpectralNormalization]:
    """Returns the layers inside a network whose weights are spectrally normalised.

    Example:
    >>> inner = SpectralNormalization(keras.layers.Dense(3))
    >>> spectral_layers(keras.Sequential([inner, keras.layers.ReLU()])) == [inner]
    True
    """
    layers = network._flatten_layers()
    return [layer for layer in layers if isinstance(layer, SpectralNormalization)]


def take_power_steps(network) -> None:
    """Moves every `u` inside a network by one step."""
    for layer in spectral_layers(network):
        layer.power_step()


def _power_step(matrix, u):
    v = tf.math.l2_normalize(tf.linalg.matvec(matrix, u))
    return tf.math.l2_normalize(tf.linalg.matvec(matrix, v, transpose_a=True))


def _wide(dtype):
    return "float64" if dtype == "float64" else "float32"
