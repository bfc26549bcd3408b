"""Flows written out in PyTorch, as the benchmarks of flows compare them.

Each function takes a case's options, and returns a module and its log density.
"""

import itertools

import numpy as np


# === MAF ===
def maf(features, num_layers, hidden_units, **_):
    import torch

    class Masked(torch.nn.Linear):
        def __init__(self, mask):
            super().__init__(*mask.shape[::-1])
            self.register_buffer("mask", mask)

        def forward(self, x):
            return torch.nn.functional.linear(x, self.weight * self.mask, self.bias)

    def network(order):
        degrees = [order + 1]
        for width in hidden_units:
            degrees.append(1 + torch.arange(width) * (features - 1) // width)
        layers = []
        for a, b in itertools.pairwise(degrees):
            mask = (b[:, None] >= a).float()
            layers += [Masked(mask), torch.nn.ReLU()]
        # All shifts, then all scales.
        mask = (order[:, None] >= degrees[-1]).float().repeat(2, 1)
        last = Masked(mask)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        return torch.nn.Sequential(*layers, last)

    order = torch.arange(features)
    nets = torch.nn.ModuleList(
        network(order.flip(0) if i % 2 else order) for i in range(num_layers)
    )

    def log_prob(x):
        total = 0.0
        for net in nets:
            shift, log_scale = net(x).chunk(2, dim=-1)
            x = (x - shift) * torch.exp(-log_scale)
            total = total - log_scale.sum(-1)
        return total + _standard_normal(x)

    return nets, log_prob


def _standard_normal(z):
    dims = z[0].numel()
    return -0.5 * (z**2).flatten(1).sum(-1) - 0.5 * dims * np.log(2.0 * np.pi)


# === Glow ===
def glow(channels, num_scales, num_steps, filters, **options):
    import torch

    return _glow(channels, num_scales, num_steps, filters, torch.contiguous_format)


def glow_channels_last(channels, num_scales, num_steps, filters, **options):
    import torch

    return _glow(channels, num_scales, num_steps, filters, torch.channels_last)


def _glow(channels, num_scales, num_steps, filters, layout):
    import torch

    scales, norms = torch.nn.ModuleList(), _act_norm(torch)
    for scale in range(num_scales):
        channels *= 4
        steps = [_step(torch, channels, filters) for _ in range(num_steps)]
        parts = {"steps": torch.nn.ModuleList(steps)}
        if scale < num_scales - 1:
            parts["prior"] = _network(torch, channels // 2, filters, channels)
            channels //= 2
        scales.append(torch.nn.ModuleDict(parts))
    last = norms(channels)
    flow = torch.nn.ModuleDict({"scales": scales, "last": last})
    flow = flow.to(memory_format=layout)

    def log_prob(x):
        # Images come with their channels at the end.
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=layout)
        total = torch.zeros(len(x))
        for scale in flow["scales"]:
            x = torch.nn.functional.pixel_unshuffle(x, 2)
            for step in scale["steps"]:
                x, change = step(x)
                total = total + change
            if "prior" in scale:
                x, y = x.chunk(2, dim=1)
                shift, log_scale = _bounded(torch, scale["prior"](x))
                total = total - log_scale.flatten(1).sum(-1)
                total = total + _standard_normal((y - shift) * torch.exp(-log_scale))
        x, change = flow["last"](x)
        return total + change + _standard_normal(x)

    return flow, log_prob


def _bounded(torch, outputs):
    shift, raw = outputs.chunk(2, dim=1)
    return shift, 5.0 * torch.tanh(raw / 5.0)


def _network(torch, seen, filters, made):
    nn = torch.nn
    last = nn.Conv2d(filters, made, 3, padding=1)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Conv2d(seen, filters, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(filters, filters, 1),
        nn.ReLU(),
        last,
    )


def _act_norm(torch):
    class ActNorm(torch.nn.Module):
        """Set by its first batch, which is left out of the timing."""

        def __init__(self, channels):
            super().__init__()
            self.shift = torch.nn.Parameter(torch.zeros(1, channels, 1, 1))
            self.log_scale = torch.nn.Parameter(torch.zeros(1, channels, 1, 1))

        def forward(self, x):
            places = x.shape[2] * x.shape[3]
            x = (x - self.shift) * torch.exp(-self.log_scale)
            return x, -places * self.log_scale.sum()

    return ActNorm


def _step(torch, channels, filters):
    class Step(torch.nn.Module):
        """ActNorm, a 1x1 convolution held as LU factors, an affine coupling."""

        def __init__(self):
            super().__init__()
            self.norm = _act_norm(torch)(channels)
            rotation = torch.linalg.qr(torch.randn(channels, channels))[0]
            permutation, lower, upper = torch.linalg.lu(rotation)
            diagonal = upper.diagonal()
            self.register_buffer("permutation", permutation)
            self.register_buffer("sign", diagonal.sign())
            factors = lower.tril(-1) + upper.triu(1)
            self.factors = torch.nn.Parameter(factors)
            self.log_diagonal = torch.nn.Parameter(diagonal.abs().log())
            self.network = _network(torch, channels // 2, filters, channels)

        def forward(self, x):
            x, total = self.norm(x)
            lower = self.factors.tril(-1) + torch.eye(channels)
            upper = self.factors.triu(1) + torch.diag(
                self.sign * self.log_diagonal.exp()
            )
            matrix = self.permutation @ lower @ upper
            x = torch.nn.functional.conv2d(x, matrix[:, :, None, None])
            total = total + x.shape[2] * x.shape[3] * self.log_diagonal.sum()
            kept, moved = x.chunk(2, dim=1)
            shift, raw = _bounded(torch, self.network(kept))
            gate = torch.nn.functional.logsigmoid(raw + 2.0) + 0.126928
            moved = (moved - shift) * torch.exp(gate)
            total = total + gate.flatten(1).sum(-1)
            return torch.cat([kept, moved], dim=1), total

    return Step()
