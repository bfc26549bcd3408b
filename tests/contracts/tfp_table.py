"""What of TensorFlow Probability works in a `Flow` and in joints, as docs/tfp.md says.

`python tests/contracts/tfp_table.py` writes docs/tfp.md; `test_tfp.py` tries each row.
"""

import dataclasses
import inspect
import pathlib
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

tfb, tfd = tfp.bijectors, tfp.distributions

DOCS = pathlib.Path(__file__).parents[2] / "docs" / "tfp.md"


@dataclasses.dataclass(frozen=True)
class Works:
    """A bijector that goes into a `Flow`.

    Attributes:
        make: function to the bijector.
        event: shape of an example.
        after: bijectors that bring the noise into its domain.
    """

    make: Callable
    event: Sequence[int] = (3,)
    after: Sequence[str] = ()


KERAS_2 = "its network is of Keras 2, which Keras 3 would not train"
FUNCTION = "made of a function, which no file can hold: write a `FlowLayer`"
NOT_INVERTIBLE = "two numbers have one image"
STRUCTURE = "events of several tensors; a `Flow` has one"
ABSTRACT = "a base class"
TRIL = (3, 3)
TO_TRIL, POSITIVE, UNIT = "FillTriangular", "Softplus", "Sigmoid"


def _positive(name, **parameters):
    return Works(lambda: getattr(tfb, name)(**parameters), after=(POSITIVE,))


BIJECTORS = {
    "AbsoluteValue": NOT_INVERTIBLE,
    "Ascending": Works(tfb.Ascending),
    "AutoCompositeTensorBijector": ABSTRACT,
    "BatchNormalization": KERAS_2 + "; `InvertibleBatchNorm` is its like",
    "Bijector": ABSTRACT,
    "Blockwise": Works(lambda: tfb.Blockwise([tfb.Exp(), tfb.Tanh()], [1, 2])),
    "Chain": Works(lambda: tfb.Chain([tfb.Exp(), tfb.Scale(0.5)])),
    "CholeskyOuterProduct": Works(tfb.CholeskyOuterProduct, TRIL, ("FillScaleTriL",)),
    "CholeskyToInvCholesky": Works(tfb.CholeskyToInvCholesky, TRIL, ("FillScaleTriL",)),
    "Composition": ABSTRACT,
    "CorrelationCholesky": Works(tfb.CorrelationCholesky, TRIL),
    "Cumsum": Works(tfb.Cumsum),
    "DiscreteCosineTransform": Works(tfb.DiscreteCosineTransform),
    "Exp": Works(tfb.Exp),
    "Expm1": Works(tfb.Expm1),
    "FFJORD": FUNCTION + "; `ContinuousFlow` is its like",
    "FillScaleTriL": Works(tfb.FillScaleTriL, TRIL),
    "FillTriangular": Works(tfb.FillTriangular, TRIL),
    "FrechetCDF": _positive("FrechetCDF"),
    "GeneralizedExtremeValueCDF": Works(
        lambda: tfb.GeneralizedExtremeValueCDF(concentration=0.1)
    ),
    "GeneralizedPareto": Works(
        lambda: tfb.GeneralizedPareto(loc=0.0, scale=1.0, concentration=0.5)
    ),
    "Glow": KERAS_2 + "; the model `Glow` is its like",
    "GompertzCDF": _positive("GompertzCDF", concentration=0.5, rate=1.0),
    "GumbelCDF": Works(tfb.GumbelCDF),
    "Householder": Works(lambda: tfb.Householder([0.6, 0.8, 0.0])),
    "Identity": Works(tfb.Identity),
    "Inline": FUNCTION,
    "Invert": Works(lambda: tfb.Invert(tfb.Exp()), after=(POSITIVE,)),
    "IteratedSigmoidCentered": Works(tfb.IteratedSigmoidCentered),
    "JointMap": STRUCTURE,
    "KumaraswamyCDF": Works(lambda: tfb.KumaraswamyCDF(2.0, 3.0), after=(UNIT,)),
    "LambertWTail": "a chain of a class that TFP keeps to itself",
    "Log": _positive("Log"),
    "Log1p": _positive("Log1p"),
    "MaskedAutoregressiveFlow": FUNCTION + "; `MaskedAutoregressive` is its like",
    "MatrixInverseTriL": Works(tfb.MatrixInverseTriL, TRIL, ("FillScaleTriL",)),
    "MatvecLU": "the old name of `ScaleMatvecLU`",
    "MoyalCDF": Works(tfb.MoyalCDF),
    "NormalCDF": Works(tfb.NormalCDF),
    "Pad": Works(lambda: tfb.Pad([[1, 0]], constant_values=0.0)),
    "Permute": Works(lambda: tfb.Permute([2, 0, 1])),
    "Power": _positive("Power", power=2.0),
    "PowerTransform": Works(lambda: tfb.PowerTransform(0.2)),
    "RationalQuadraticSpline": Works(
        lambda: tfb.RationalQuadraticSpline(
            bin_widths=np.float32([2.0, 4.0]),
            bin_heights=np.float32([3.0, 3.0]),
            knot_slopes=np.float32([1.5]),
            range_min=-3.0,
        )
    ),
    "RayleighCDF": _positive("RayleighCDF"),
    "RealNVP": FUNCTION + "; `AffineCoupling` is its like",
    "Reciprocal": _positive("Reciprocal"),
    "Reshape": Works(lambda: tfb.Reshape([1, 3], [3]), (1, 3)),
    "Restructure": STRUCTURE,
    "Scale": Works(lambda: tfb.Scale([0.5, 2.0, -1.0])),
    "ScaleMatvecDiag": Works(lambda: tfb.ScaleMatvecDiag([0.5, 2.0, 1.0])),
    "ScaleMatvecLU": Works(
        lambda: tfb.ScaleMatvecLU(
            np.float32([[2.0, 0.1, 0.2], [0.3, 1.5, 0.1], [0.2, 0.4, 1.0]]), [1, 0, 2]
        )
    ),
    "ScaleMatvecLinearOperator": "made of a linear operator, which no file can hold",
    "ScaleMatvecLinearOperatorBlock": STRUCTURE,
    "ScaleMatvecTriL": Works(
        lambda: tfb.ScaleMatvecTriL(
            np.float32([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [0.1, 0.2, 0.5]])
        )
    ),
    "Shift": Works(lambda: tfb.Shift(np.array([1.0, 2.0, 3.0]))),
    "ShiftedGompertzCDF": _positive("ShiftedGompertzCDF", concentration=0.5, rate=1.0),
    "Sigmoid": Works(lambda: tfb.Sigmoid(low=-1.0, high=2.0)),
    "Sinh": Works(tfb.Sinh),
    "SinhArcsinh": Works(lambda: tfb.SinhArcsinh(skewness=0.2, tailweight=0.8)),
    "SoftClip": Works(lambda: tfb.SoftClip(low=-2.0, high=2.0)),
    "Softfloor": Works(lambda: tfb.Softfloor(1.0)),
    "SoftmaxCentered": Works(tfb.SoftmaxCentered),
    "Softplus": Works(tfb.Softplus),
    "Softsign": Works(tfb.Softsign),
    "Split": STRUCTURE,
    "Square": _positive("Square"),
    "Tanh": Works(tfb.Tanh),
    "TransformDiagonal": Works(
        lambda: tfb.TransformDiagonal(tfb.Softplus()), TRIL, ("FillTriangular",)
    ),
    "Transpose": Works(lambda: tfb.Transpose([1, 0]), (1, 3)),
    "UnitVector": Works(tfb.UnitVector),
    "WeibullCDF": _positive("WeibullCDF"),
}


# Distributions that stand above ours in a joint and, if their draws are floats, below a
# flow as its base. Of an event of several tensors, or none, there is a reason.
PROCESS = "its constructor takes a kernel and index points; draws as any vector"
DISTRIBUTIONS = {
    "Autoregressive": FUNCTION.split(",")[0] + "; `AutoregressiveModel` is its like",
    "AutoCompositeTensorDistribution": ABSTRACT,
    "BatchBroadcast": lambda: tfd.BatchBroadcast(tfd.Normal(0.0, 1.0), []),
    "BatchReshape": lambda: tfd.BatchReshape(tfd.Normal([0.0], 1.0), []),
    "Bates": lambda: tfd.Bates(4.0),
    "Bernoulli": lambda: tfd.Bernoulli(probs=0.3),
    "BatchConcat": "joins batches: no batch is left to join in a single event",
    "Beta": lambda: tfd.Beta(2.0, 3.0),
    "BetaBinomial": lambda: tfd.BetaBinomial(4.0, 2.0, 3.0),
    "BetaQuotient": lambda: tfd.BetaQuotient(2.0, 3.0, 4.0, 5.0),
    "Binomial": lambda: tfd.Binomial(4.0, probs=0.3),
    "Blockwise": lambda: tfd.Blockwise([tfd.Normal(0.0, 1.0), tfd.Gumbel(0.0, 1.0)]),
    "Categorical": lambda: tfd.Categorical(probs=[0.2, 0.8]),
    "Cauchy": lambda: tfd.Cauchy(0.0, 1.0),
    "Chi": lambda: tfd.Chi(3.0),
    "Chi2": lambda: tfd.Chi2(3.0),
    "CholeskyLKJ": lambda: tfd.CholeskyLKJ(2, 1.5),
    "ContinuousBernoulli": lambda: tfd.ContinuousBernoulli(probs=0.3),
    "DeterminantalPointProcess": lambda: tfd.DeterminantalPointProcess(
        [1.0, 0.5], np.eye(2, dtype="float32")
    ),
    "Deterministic": lambda: tfd.Deterministic(0.5),
    "Dirichlet": lambda: tfd.Dirichlet([1.0, 2.0, 3.0]),
    "DirichletMultinomial": lambda: tfd.DirichletMultinomial(4.0, [1.0, 2.0]),
    "Distribution": ABSTRACT,
    "DoublesidedMaxwell": lambda: tfd.DoublesidedMaxwell(0.0, 1.0),
    "Empirical": lambda: tfd.Empirical([0.0, 1.0, 3.0]),
    "ExpGamma": lambda: tfd.ExpGamma(2.0, 1.0),
    "ExpInverseGamma": lambda: tfd.ExpInverseGamma(2.0, 1.0),
    "ExpRelaxedOneHotCategorical": lambda: tfd.ExpRelaxedOneHotCategorical(
        0.5, probs=[0.2, 0.8]
    ),
    "Exponential": lambda: tfd.Exponential(1.0),
    "ExponentiallyModifiedGaussian": lambda: tfd.ExponentiallyModifiedGaussian(
        0.0, 1.0, 1.0
    ),
    "FiniteDiscrete": lambda: tfd.FiniteDiscrete([0.5, 2.0], probs=[0.3, 0.7]),
    "FlatDirichlet": "its constructor fails in TFP 0.25: take `Dirichlet`",
    "Gamma": lambda: tfd.Gamma(2.0, 1.0),
    "GammaGamma": lambda: tfd.GammaGamma(2.0, 2.0, 1.0),
    "GaussianProcess": PROCESS,
    "GaussianProcessRegressionModel": PROCESS,
    "GeneralizedExtremeValue": lambda: tfd.GeneralizedExtremeValue(0.0, 1.0, 0.1),
    "GeneralizedNormal": lambda: tfd.GeneralizedNormal(0.0, 1.0, 2.0),
    "GeneralizedPareto": lambda: tfd.GeneralizedPareto(0.0, 1.0, 0.2),
    "Geometric": lambda: tfd.Geometric(probs=0.4),
    "Gumbel": lambda: tfd.Gumbel(0.0, 1.0),
    "HalfCauchy": lambda: tfd.HalfCauchy(0.0, 1.0),
    "HalfNormal": lambda: tfd.HalfNormal(1.0),
    "HalfStudentT": lambda: tfd.HalfStudentT(4.0, 0.0, 1.0),
    "HiddenMarkovModel": lambda: tfd.HiddenMarkovModel(
        tfd.Categorical(probs=[0.3, 0.7]),
        tfd.Categorical(probs=[[0.6, 0.4], [0.2, 0.8]]),
        tfd.Normal([0.0, 2.0], 1.0),
        3,
    ),
    "Horseshoe": lambda: tfd.Horseshoe(1.0),
    "Independent": lambda: tfd.Independent(tfd.Normal([0.0, 1.0], 1.0), 1),
    "Inflated": lambda: tfd.Inflated(tfd.Normal(0.0, 1.0), 0.2),
    "InverseGamma": lambda: tfd.InverseGamma(2.0, 1.0),
    "InverseGaussian": lambda: tfd.InverseGaussian(1.0, 2.0),
    "JohnsonSU": lambda: tfd.JohnsonSU(0.0, 1.0, 0.0, 1.0),
    "Kumaraswamy": lambda: tfd.Kumaraswamy(2.0, 3.0),
    "LambertWDistribution": ABSTRACT,
    "LambertWNormal": lambda: tfd.LambertWNormal(0.0, 1.0, 0.1),
    "Laplace": lambda: tfd.Laplace(0.0, 1.0),
    "LinearGaussianStateSpaceModel": PROCESS.replace(
        "a kernel and index points", "matrices of a state space"
    ),
    "LKJ": lambda: tfd.LKJ(2, 1.5),
    "Logistic": lambda: tfd.Logistic(0.0, 1.0),
    "LogitNormal": lambda: tfd.LogitNormal(0.0, 1.0),
    "LogLogistic": lambda: tfd.LogLogistic(0.0, 0.5),
    "LogNormal": lambda: tfd.LogNormal(0.0, 1.0),
    "MarkovChain": lambda: tfd.MarkovChain(
        tfd.Normal(0.0, 1.0), lambda _, x: tfd.Normal(x, 1.0), 3
    ),
    "Masked": lambda: tfd.Masked(tfd.Normal(0.0, 1.0), validity_mask=True),
    "MatrixNormalLinearOperator": lambda: tfd.MatrixNormalLinearOperator(
        np.zeros([2, 2], "float32"), *[tf.linalg.LinearOperatorIdentity(2)] * 2
    ),
    "MatrixTLinearOperator": lambda: tfd.MatrixTLinearOperator(
        4.0, np.zeros([2, 2], "float32"), *[tf.linalg.LinearOperatorIdentity(2)] * 2
    ),
    "Mixture": lambda: tfd.Mixture(
        tfd.Categorical(probs=[0.3, 0.7]), [tfd.Normal(0.0, 1.0), tfd.Gumbel(0.0, 1.0)]
    ),
    "MixtureSameFamily": lambda: tfd.MixtureSameFamily(
        tfd.Categorical(probs=[0.3, 0.7]), tfd.Normal([0.0, 2.0], 1.0)
    ),
    "Moyal": lambda: tfd.Moyal(0.0, 1.0),
    "Multinomial": lambda: tfd.Multinomial(4.0, probs=[0.2, 0.8]),
    "MultivariateNormalDiag": lambda: tfd.MultivariateNormalDiag([0.0, 1.0]),
    "MultivariateNormalDiagPlusLowRank": (
        lambda: tfd.MultivariateNormalDiagPlusLowRank(
            [0.0, 1.0], [1.0, 1.0], [[1.0], [0.5]]
        )
    ),
    "MultivariateNormalDiagPlusLowRankCovariance": (
        lambda: tfd.MultivariateNormalDiagPlusLowRankCovariance(
            [0.0, 1.0], [1.0, 1.0], [[1.0], [0.5]]
        )
    ),
    "MultivariateNormalFullCovariance": (
        lambda: tfd.MultivariateNormalFullCovariance(
            [0.0, 1.0], [[1.0, 0.2], [0.2, 1.0]]
        )
    ),
    "MultivariateNormalLinearOperator": (
        lambda: tfd.MultivariateNormalLinearOperator(
            [0.0, 1.0], tf.linalg.LinearOperatorIdentity(2)
        )
    ),
    "MultivariateNormalTriL": lambda: tfd.MultivariateNormalTriL(
        [0.0, 1.0], [[1.0, 0.0], [0.5, 1.0]]
    ),
    "MultivariateStudentTLinearOperator": (
        lambda: tfd.MultivariateStudentTLinearOperator(
            4.0, [0.0, 1.0], tf.linalg.LinearOperatorIdentity(2)
        )
    ),
    "NegativeBinomial": lambda: tfd.NegativeBinomial(3.0, probs=0.4),
    "NoncentralChi2": lambda: tfd.NoncentralChi2(2.0, 1.0),
    "Normal": lambda: tfd.Normal(0.0, 1.0),
    "NormalInverseGaussian": lambda: tfd.NormalInverseGaussian(0.0, 1.0, 2.0, 0.5),
    "OneHotCategorical": lambda: tfd.OneHotCategorical(probs=[0.2, 0.8]),
    "OrderedLogistic": lambda: tfd.OrderedLogistic([-1.0, 1.0], 0.3),
    "Pareto": lambda: tfd.Pareto(3.0, 1.0),
    "PERT": lambda: tfd.PERT(0.0, 1.0, 3.0),
    "PixelCNN": KERAS_2 + "; the model `PixelCNN` is its like",
    "PlackettLuce": lambda: tfd.PlackettLuce([1.0, 2.0, 3.0]),
    "Poisson": lambda: tfd.Poisson(2.0),
    "PoissonLogNormalQuadratureCompound": (
        lambda: tfd.PoissonLogNormalQuadratureCompound(0.0, 1.0)
    ),
    "PowerSpherical": lambda: tfd.PowerSpherical([1.0, 0.0, 0.0], 2.0),
    "ProbitBernoulli": lambda: tfd.ProbitBernoulli(0.3),
    "QuantizedDistribution": lambda: tfd.QuantizedDistribution(tfd.Normal(0.0, 2.0)),
    "RelaxedBernoulli": lambda: tfd.RelaxedBernoulli(0.5, probs=0.3),
    "RelaxedOneHotCategorical": lambda: tfd.RelaxedOneHotCategorical(
        0.5, probs=[0.2, 0.8]
    ),
    "Sample": lambda: tfd.Sample(tfd.Normal(0.0, 1.0), 2),
    "SigmoidBeta": lambda: tfd.SigmoidBeta(2.0, 3.0),
    "SinhArcsinh": lambda: tfd.SinhArcsinh(0.0, 1.0),
    "Skellam": lambda: tfd.Skellam(2.0, 1.0),
    "SphericalUniform": lambda: tfd.SphericalUniform(3),
    "StoppingRatioLogistic": lambda: tfd.StoppingRatioLogistic([-1.0, 1.0], 0.3),
    "StudentT": lambda: tfd.StudentT(4.0, 0.0, 1.0),
    "StudentTProcess": PROCESS,
    "StudentTProcessRegressionModel": PROCESS,
    "TransformedDistribution": lambda: tfd.TransformedDistribution(
        tfd.Normal(0.0, 1.0), tfb.Exp()
    ),
    "Triangular": lambda: tfd.Triangular(0.0, 1.0, 0.5),
    "TruncatedCauchy": lambda: tfd.TruncatedCauchy(0.0, 1.0, -1.0, 2.0),
    "TruncatedNormal": lambda: tfd.TruncatedNormal(0.0, 1.0, -1.0, 2.0),
    "TwoPieceNormal": lambda: tfd.TwoPieceNormal(0.0, 1.0, 1.5),
    "TwoPieceStudentT": lambda: tfd.TwoPieceStudentT(4.0, 0.0, 1.0, 1.5),
    "Uniform": lambda: tfd.Uniform(0.0, 1.0),
    "VariationalGaussianProcess": PROCESS,
    "VectorDeterministic": lambda: tfd.VectorDeterministic([0.5, 1.0]),
    "VonMises": lambda: tfd.VonMises(0.0, 1.0),
    "VonMisesFisher": lambda: tfd.VonMisesFisher([1.0, 0.0, 0.0], 2.0),
    "Weibull": lambda: tfd.Weibull(2.0, 1.0),
    "WishartLinearOperator": lambda: tfd.WishartLinearOperator(
        3.0, tf.linalg.LinearOperatorIdentity(2)
    ),
    "WishartTriL": lambda: tfd.WishartTriL(3.0, np.eye(2, dtype="float32")),
    "ZeroInflatedNegativeBinomial": lambda: tfd.ZeroInflatedNegativeBinomial(
        0.3, total_count=3.0, probs=0.4
    ),
    "Zipf": lambda: tfd.Zipf(3.0),
} | {
    name: "the joint itself: see `tests/zoo/base/test_compositions.py`"
    for name in tfd.__all__
    if name.startswith("JointDistribution")
}


def bijector_names():
    """Every class of bijectors that TFP exports."""
    found = inspect.getmembers(tfb, inspect.isclass)
    return sorted(name for name, kind in found if issubclass(kind, tfb.Bijector))


def distribution_names():
    """Every class of distributions that TFP exports."""
    found = inspect.getmembers(tfd, inspect.isclass)
    return sorted(name for name, kind in found if issubclass(kind, tfd.Distribution))


def table() -> str:
    """The page of the docs."""
    lines = [
        "# TensorFlow Probability in genkeras",
        "",
        "Written by `python tests/contracts/tfp_table.py`; each row is tried by "
        "`tests/zoo/flows/test_tfp.py`, bijectors in float32 and float64.",
        "",
        "## Bijectors in a `Flow`",
        "",
        "What works gives the densities of TFP's own `TransformedDistribution`, and is "
        "saved with the model. The others are refused with a line that says why.",
        "",
        "| bijector | in a `Flow` |",
        "|---|---|",
    ]
    for name, row in sorted(BIJECTORS.items()):
        lines.append(f"| `{name}` | {_bijector_cell(row)} |")
    lines += [
        "",
        "## Distributions in joints",
        "",
        "Above a conditional model, whose condition is the draw: "
        "`tfd.JointDistributionSequential([p, lambda z: model.distribution(z)])`.",
        "",
        "| distribution | in a joint |",
        "|---|---|",
    ]
    for name, row in sorted(DISTRIBUTIONS.items()):
        cell = f"not tried: {row}" if isinstance(row, str) else "works"
        lines.append(f"| `{name}` | {cell} |")
    return "\n".join(lines) + "\n"


def _bijector_cell(row):
    if isinstance(row, str):
        return f"no: {row}"
    after = f", after `{row.after[0]}`" if row.after else ""
    return f"works{after}"


if __name__ == "__main__":
    DOCS.write_text(table())
