"""A monotone spline of rational quadratics, the transformer of neural spline flows."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from .newton_polish import newton_polish

tfb = tfp.bijectors


class RationalQuadraticSpline(tfb.Bijector):
    """Maps `[-bound, bound]` onto itself by `K` rational quadratics; the rest stays.

    In the bin between the knots `(x0, y0)` and `(x1, y1)`, of width `w`, height `h`,
    mean slope `s = h / w` and end slopes `d0` and `d1`,

        t = (x - x0) / w
        y = y0 + h (s t^2 + d0 t (1 - t)) / (s + (d0 + d1 - 2 s) t (1 - t))

    Knots and slopes come from raw numbers of any size: softmax for widths and heights,
    softplus for slopes, each with a floor. Raw zeros give the identity. Outside, and at
    both ends, the slope is 1. Values and gradients stay finite in the float type of the
    input where `tfb.RationalQuadraticSpline` gives NaN: `t` is clipped to its bin, the
    argument of the square root at 0, and no branch that is not taken is ever infinite.

    Args:
        raw_widths: `[..., K]` floats; the batch axes broadcast with the input.
        raw_heights: `[..., K]` floats.
        raw_slopes: `[..., K - 1]` floats, for the inner knots.
        bound: float. Half of the interval that moves.
        min_bin: float. Floor of widths and heights, as a fraction of the interval.
        min_slope: float. Floor of the slopes.
        name: str.

    Raises:
        ValueError: if the sizes of the last axes do not fit, or `K * min_bin >= 1`.

    Example:
    >>> raw = tf.constant([3.0, 0.0, -3.0])
    >>> spline = RationalQuadraticSpline(raw, -raw, raw[1:], bound=2.0)
    >>> spline.forward([-7.0, -2.0, 0.0, 2.0, 7.0]).numpy().round(2)
    array([-7.  , -2.  , -1.99,  2.  ,  7.  ], dtype=float32)

    Reference:
        Durkan et al., 2019, section 3.1 and appendix A, https://arxiv.org/abs/1906.04032
    """

    def __init__(
        self,
        raw_widths,
        raw_heights,
        raw_slopes,
        *,
        bound: float = 3.0,
        min_bin: float = 1e-3,
        min_slope: float = 1e-3,
        name: str = "rational_quadratic_spline",
    ):
        parameters = dict(locals())
        self._raw = tuple(map(tf.convert_to_tensor, (raw_widths, raw_heights)))
        self._raw_slopes = tf.convert_to_tensor(raw_slopes)
        self._bound = bound
        self._min_bin = min_bin
        self._min_slope = min_slope
        self._check()
        self._last = (None, None, None)
        super().__init__(
            forward_min_event_ndims=0,
            dtype=self._raw_slopes.dtype,
            parameters=parameters,
            name=name,
        )

    def _check(self):
        sizes = [raw.shape[-1] for raw in (*self._raw, self._raw_slopes)]
        bins = sizes[0]
        if sizes != [bins, bins, bins - 1] or bins * self._min_bin >= 1.0:
            raise ValueError(
                "A spline of K bins takes K widths, K heights and K - 1 slopes, and "
                f"K * min_bin below 1. Received: sizes {sizes}, "
                f"min_bin={self._min_bin}."
            )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        vector = tfp.util.ParameterProperties(event_ndims=1)
        return {"raw_widths": vector, "raw_heights": vector, "raw_slopes": vector}

    @property
    def _is_increasing(self):
        return True

    # === The transform ===
    def _forward(self, x):
        inside, x_in = self._split(x)
        bin_ = self._bin(x_in, by_height=False)
        t = bin_.position(x_in)
        y = tf.where(inside, bin_.y0 + bin_.h * bin_.fraction(t), x)
        return self._remember(x, y, tf.where(inside, bin_.log_slope(t), 0.0))[1]

    def _inverse(self, y):
        inside, y_in = self._split(y)
        bin_ = self._bin(y_in, by_height=True)
        t = bin_.solve(y_in)
        x = tf.where(inside, bin_.x0 + bin_.w * t, y)
        return self._remember(x, y, tf.where(inside, bin_.log_slope(t), 0.0))[0]

    def _forward_log_det_jacobian(self, x):
        if self._last[0] is not x:
            self._forward(x)
        return self._last[2]

    def _inverse_log_det_jacobian(self, y):
        if self._last[1] is not y:
            self._inverse(y)
        return -self._last[2]

    def _remember(self, x, y, log_slope):
        """Keeps what the log-determinant would look up and solve for again."""
        self._last = (x, y, log_slope)
        return self._last

    def _split(self, x):
        """Where the spline acts, and a stand-in that is safe elsewhere."""
        inside = tf.abs(x) < self._bound
        return inside, tf.where(inside, x, 0.0)

    # === Knots ===
    def _knots(self, raw):
        """`[..., K]` raw numbers to `[..., K + 1]` knots, the ends exact."""
        bins = raw.shape[-1]
        sizes = self._min_bin + (1.0 - bins * self._min_bin) * tf.nn.softmax(raw)
        inner = self._bound * (2.0 * tf.cumsum(sizes, axis=-1)[..., :-1] - 1.0)
        end = tf.fill(tf.shape(raw[..., :1]), tf.constant(self._bound, raw.dtype))
        return tf.concat([-end, inner, end], axis=-1)

    def _slopes(self):
        offset = math.log(math.expm1(1.0 - self._min_slope))  # so that 0 gives slope 1
        inner = self._min_slope + tf.nn.softplus(self._raw_slopes + offset)
        end = tf.ones_like(self._raw[0][..., :1])
        return tf.concat([end, inner, end], axis=-1)

    def _bin(self, value, *, by_height):
        """Looks up the bin of each value, by masks: gathers have slow gradients."""
        xs, ys = map(self._knots, self._raw)
        knots = ys if by_height else xs
        reached = value[..., None] >= knots[..., 1:-1]  # [..., K - 1]
        padded = [(0, 0)] * (reached.shape.rank - 1)
        at_least = tf.pad(reached, [*padded, (1, 0)], constant_values=True)
        beyond = tf.pad(reached, [*padded, (0, 1)], constant_values=False)
        mask = tf.cast(at_least & ~beyond, value.dtype)  # [..., K], one 1 each

        def pick(table):
            return tf.reduce_sum(mask * table, axis=-1)

        slopes = self._slopes()
        return _Bin(
            x0=pick(xs[..., :-1]),
            y0=pick(ys[..., :-1]),
            w=pick(xs[..., 1:] - xs[..., :-1]),
            h=pick(ys[..., 1:] - ys[..., :-1]),
            d0=pick(slopes[..., :-1]),
            d1=pick(slopes[..., 1:]),
        )


class _Bin:
    """The bin that each entry falls into: every attribute has the entries' shape."""

    def __init__(self, *, x0, y0, w, h, d0, d1):
        self.x0, self.y0, self.w, self.h, self.d0, self.d1 = x0, y0, w, h, d0, d1
        self.s = h / w
        self.excess = d0 + d1 - 2.0 * self.s

    def position(self, x):
        """`t`; the clip keeps rounding at a narrow bin's end from leaving it."""
        return tf.clip_by_value((x - self.x0) / self.w, 0.0, 1.0)

    def fraction(self, t):
        """`(y - y0) / h` at `t`."""
        return (self.s * t**2 + self.d0 * t * (1.0 - t)) / self._denominator(t)

    def _denominator(self, t):
        return self.s + self.excess * t * (1.0 - t)  # at least s / 2

    def _numerator_of_slope(self, t):
        u = 1.0 - t
        return self.d1 * t**2 + 2.0 * self.s * t * u + self.d0 * u**2

    def log_slope(self, t):
        """`log dy/dx` at `t`."""
        return (
            2.0 * tf.math.log(self.s)
            + tf.math.log(self._numerator_of_slope(t))
            - 2.0 * tf.math.log(self._denominator(t))
        )

    def solve(self, y):
        """`t` at `y`."""
        v = tf.clip_by_value((y - self.y0) / self.h, 0.0, 1.0)
        root = self._root(*map(tf.stop_gradient, (v, self.s, self.d0, self.excess)))

        def fraction_and_slope(t):
            slope = self.s * self._numerator_of_slope(t) / self._denominator(t) ** 2
            return self.fraction(t), slope

        return tf.clip_by_value(newton_polish(fraction_and_slope, root, v), 0.0, 1.0)

    @staticmethod
    def _root(v, s, d0, excess):
        """The root in `[0, 1]` of `(s - b) t^2 + b t - s v`, with no cancelling."""
        b = d0 - v * excess
        root = tf.sqrt(tf.maximum(b**2 + 4.0 * s * v * (s - b), 0.0))
        return tf.where(
            b >= 0.0, 2.0 * s * v / (b + root), (root - b) / (2.0 * (s - b))
        )
