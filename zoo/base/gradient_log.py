"""How large the gradients of the last step were."""

import tensorflow as tf

from ...layers.replicas import sum_over_replicas


class GradientLog:
    """The norm of the *global* gradient that each optimizer last applied.

    Args:
        names: sequence of str. The optimizers.
    """

    def __init__(self, names):
        self._norms = {
            name: tf.Variable(
                0.0,
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.MEAN,  # they agree
            )
            for name in names
        }

    def look(self, name: str, gradients, scale) -> None:
        """Takes the norm of a step's gradients; part of the step.

        Args:
            name: str. The optimizer's.
            gradients: list of tensors, this replica's shares, or None in their place.
            scale: what the loss was multiplied by, against underflow.
        """
        reached = [tf.convert_to_tensor(g) for g in gradients if g is not None]
        norm = tf.linalg.global_norm(sum_over_replicas(reached))
        self._norms[name].assign(tf.cast(norm, tf.float32) / scale)

    def read(self) -> dict[str, float]:
        """Returns the norms by the optimizers' names."""
        return {n: float(tf.convert_to_tensor(v)) for n, v in self._norms.items()}
