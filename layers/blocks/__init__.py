"""What networks are built of, and knows of none."""

from .adversarial_parts import (
    batch_norm,
    instance_norm,
    map_norm,
    normal_start,
    start_for,
)
from .block_convolution import block_convolution
from .check_image_shape import check_image_shape
from .concat_squash import ConcatSquash
from .condition_encoder import ConditionEncoder, whole_spec
from .conditional_batch_normalization import ConditionalBatchNormalization
from .frame_upsampling import FrameUpsampling
from .given_network import (
    check_network,
    refuse_sigmoid,
    revive_network,
    revive_networks,
    run_network,
    serialize_network,
    serialize_networks,
)
from .image_context import with_context
from .image_pool import ImagePool
from .inserts import revive_inserts, serialize_inserts
from .mlp import MLP
from .over_batch import over_batch
from .projection_head import ProjectionHead
from .replica_dropout import ReplicaDropout
from .res_block_down import ResBlockDown
from .res_block_up import ResBlockUp
from .seeded_permutation import seeded_permutation
from .settings import check_settings, is_real, is_whole
from .spectral_normalization import (
    SpectralNormalization,
    spectral_layers,
    take_power_steps,
)
from .training_flag import TrainingFlag

__all__ = [
    "ConcatSquash",
    "ConditionEncoder",
    "whole_spec",
    "ConditionalBatchNormalization",
    "FrameUpsampling",
    "ImagePool",
    "MLP",
    "ProjectionHead",
    "ReplicaDropout",
    "ResBlockDown",
    "ResBlockUp",
    "SpectralNormalization",
    "TrainingFlag",
    "batch_norm",
    "block_convolution",
    "check_image_shape",
    "check_network",
    "check_settings",
    "instance_norm",
    "is_real",
    "is_whole",
    "map_norm",
    "normal_start",
    "over_batch",
    "refuse_sigmoid",
    "revive_inserts",
    "revive_network",
    "revive_networks",
    "run_network",
    "seeded_permutation",
    "serialize_inserts",
    "serialize_network",
    "serialize_networks",
    "spectral_layers",
    "start_for",
    "take_power_steps",
    "with_context",
]
