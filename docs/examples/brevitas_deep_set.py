"""A deep set in PyTorch with Brevitas, on the jets of this repository: trained, read, and built.

    python docs/examples/brevitas_deep_set.py [EPOCHS [FOLDER]]

An epoch takes about a second. With a FOLDER, projects and report are left there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.quant import Int8ActPerTensorFixedPoint, Int8WeightPerTensorFixedPoint, Uint8ActPerTensorFixedPoint
from torch import Tensor, nn

import trigforge

SCALE = torch.tensor([2.0**-7, 4.0, 4.0])
"""128 GeV, 1/4 and 1/4 rad: the units of the network"""


def linear(inputs: int, outputs: int) -> nn.Module:
    """A dense layer with 6-bit weights, whose scale is a power of two."""
    return qnn.QuantLinear(inputs, outputs, bias=False, weight_quant=Int8WeightPerTensorFixedPoint, weight_bit_width=6)


def relu() -> nn.Module:
    """A ReLU with 6-bit outputs."""
    return qnn.QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, bit_width=6)


def identity() -> nn.Module:
    """A quantizer of 9 bits."""
    return qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, bit_width=9)


class DeepSet(nn.Module):
    """Two layers on each constituent, their sum, two layers on the jet, five logits."""

    def __init__(self) -> None:
        super().__init__()
        self.pt, self.angles = identity(), identity()
        self.particle = nn.Sequential(linear(3, 16), relu(), linear(16, 16), relu())
        self.sum = identity()
        self.jet = nn.Sequential(linear(16, 16), relu(), linear(16, 5))

    def forward(self, constituents: Tensor) -> Tensor:
        """Logits (events, 5) for constituents (events, 16, 3)."""
        pt, angles = self.pt(constituents[..., :1]), self.angles(constituents[..., 1:])
        particles = self.particle(torch.cat([pt, angles], dim=2))
        return self.jet(self.sum(particles.sum(dim=1)))


def jets() -> tuple[Tensor, Tensor]:
    """Features and classes of the committed jets, in the units of the network."""
    from datasets.jets import SAMPLE_PATH, read_jets

    sample = read_jets(SAMPLE_PATH, n_particles=16)
    return torch.tensor(sample.features) * SCALE, torch.tensor(sample.label.astype(np.int64))


def train(model: nn.Module, features: Tensor, labels: Tensor, epochs: int) -> float:
    """Train with Adam on all but the last 2,000 jets; the accuracy on these."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(epochs):
        model.train()
        for batch in torch.randperm(len(features) - 2000).split(250):
            loss = nn.functional.cross_entropy(model(features[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return float((model.eval()(features[-2000:]).argmax(1) == labels[-2000:]).float().mean())


def main(model: nn.Module, epochs: int, folder: Path | None) -> None:
    """Train, read and build a network of jets."""
    torch.manual_seed(1)
    features, labels = jets()
    print(f"accuracy {train(model, features, labels, epochs):.1%} after {epochs} epochs")
    graph = trigforge.read(model, shapes=[(16, 3)])  # compared with the module itself on 1,000 events
    print(f"{graph.name}: {len(graph.nodes)} nodes")
    if folder is not None:
        report = trigforge.build(graph, events={graph.inputs[0].name: features[-2000:].numpy()}, out=folder)
        print(f"{len(report.verification)} simulations, {sum(v.mismatches for v in report.verification)} mismatches")


if __name__ == "__main__":
    main(DeepSet(), int(sys.argv[1]) if len(sys.argv) > 1 else 30, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
