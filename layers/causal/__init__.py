"""Layers whose outputs see earlier positions only."""

from .autoregressive_solve import autoregressive_solve
from .causal_attention import CausalAttention
from .causal_conv_1d import CausalConv1D
from .causal_layer import CausalLayer
from .causal_mlp import CausalMLP
from .causal_recurrence import CausalRecurrence
from .causal_residual import CausalResidual
from .causal_sequence import CausalSequence
from .diagonal_bi_lstm import DiagonalBiLSTM
from .each_position import EachPosition
from .gated_conv_stack import GatedConvStack
from .graph_layer import GraphLayer
from .graph_networks import GraphNetworks
from .graph_tables import GraphTables
from .masked_conv_2d import MaskedConv2D
from .masked_dense import MaskedDense
from .masked_mlp import MaskedMLP
from .pixel_cnn_plus_plus_stack import PixelCNNPlusPlusStack
from .position_embedding import PositionEmbedding
from .raster_scan import RasterScan
from .row_lstm import RowLSTM
from .shift import Shift
from .token_embedding import TokenEmbedding
from .wave_net_stack import WaveNetStack

__all__ = [
    "CausalAttention",
    "CausalConv1D",
    "CausalLayer",
    "CausalMLP",
    "CausalRecurrence",
    "CausalResidual",
    "CausalSequence",
    "DiagonalBiLSTM",
    "EachPosition",
    "GatedConvStack",
    "GraphLayer",
    "GraphNetworks",
    "GraphTables",
    "MaskedConv2D",
    "MaskedDense",
    "MaskedMLP",
    "PixelCNNPlusPlusStack",
    "PositionEmbedding",
    "RasterScan",
    "RowLSTM",
    "Shift",
    "TokenEmbedding",
    "WaveNetStack",
    "autoregressive_solve",
]
