"""What every bijector, layer and model must pass, by kind.

Each check raises `AssertionError` on a mistake; `test_contracts*.py` plants one for
each of them. A component's test calls its contract, then adds its own promises.
"""

from .adversarial import (
    check_adversarial,
    check_averages,
    check_counts,
    check_critic_parts,
    check_hand_step,
    check_players,
)
from .autoencoder import (
    check_autoencoder,
    check_codes,
    check_errors,
    check_follows,
)
from .autoregressive import check_autoregressive
from .basics import (
    autodiff_log_det,
    check_moves,
    check_refused,
    fresh,
    must_fail,
    perturb,
)
from .bijector import check_bijector, check_saturated
from .causal import check_causal_layer, check_dependencies, check_steps, dependencies
from .density import (
    check_density,
    check_distribution,
    check_enumeration,
    check_gradients,
    check_log_prob,
    check_metrics,
    check_normalised,
    check_sampler,
    check_samples,
    check_weights,
)
from .latent import (
    check_beta,
    check_bound_by_quadrature,
    check_elbo,
    check_latent,
    check_rate,
    check_shapes,
)
from .layer import check_flow_layer, check_layer, check_training_flag
from .outputs import answers, check_same, outputs, state
from .resume import check_resume
from .serving import check_served, requests, serve_here

__all__ = [
    "answers",
    "autodiff_log_det",
    "check_adversarial",
    "check_autoencoder",
    "check_autoregressive",
    "check_averages",
    "check_beta",
    "check_bijector",
    "check_bound_by_quadrature",
    "check_causal_layer",
    "check_codes",
    "check_counts",
    "check_critic_parts",
    "check_density",
    "check_distribution",
    "check_dependencies",
    "check_elbo",
    "check_enumeration",
    "check_errors",
    "check_flow_layer",
    "check_follows",
    "check_gradients",
    "check_hand_step",
    "check_latent",
    "check_layer",
    "check_log_prob",
    "check_metrics",
    "check_moves",
    "check_normalised",
    "check_players",
    "check_rate",
    "check_refused",
    "check_resume",
    "check_same",
    "check_sampler",
    "check_samples",
    "check_saturated",
    "check_served",
    "check_shapes",
    "check_steps",
    "check_training_flag",
    "check_weights",
    "dependencies",
    "fresh",
    "must_fail",
    "outputs",
    "perturb",
    "requests",
    "serve_here",
    "state",
]
