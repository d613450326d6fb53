"""An interaction network in PyTorch with Brevitas, on the jets of this repository: trained, read, and built.

    python docs/examples/brevitas_interaction_network.py [EPOCHS [FOLDER]]

Every pair of constituents is an edge. Senders and receivers are chosen by constant lists of indices.
"""

from __future__ import annotations

import sys
from itertools import permutations
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from docs.examples.brevitas_deep_set import identity, linear, main, relu

CONSTITUENTS = 6
EDGES = list(permutations(range(CONSTITUENTS), 2))
"""receiver and sender of each edge; the edges of one receiver stand together"""


class InteractionNetwork(nn.Module):
    """Edges of the leading constituents; their effects are summed by receiver, and the objects over the jet."""

    def __init__(self) -> None:
        super().__init__()
        self.pt, self.angles = identity(), identity()
        self.edge = nn.Sequential(linear(6, 8), relu(), linear(8, 4), relu())
        self.effects, self.objects = identity(), identity()
        self.object = nn.Sequential(linear(7, 8), relu(), linear(8, 8), relu())
        self.jet = nn.Sequential(linear(8, 8), relu(), linear(8, 5))
        self.register_buffer("receivers", torch.tensor([receiver for receiver, _ in EDGES]))
        self.register_buffer("senders", torch.tensor([sender for _, sender in EDGES]))

    def forward(self, constituents: Tensor) -> Tensor:
        """Logits (events, 5) for constituents (events, 16, 3)."""
        leading = constituents[:, :CONSTITUENTS]
        x = torch.cat([self.pt(leading[..., :1]), self.angles(leading[..., 1:])], dim=2)
        pairs = torch.cat([x.index_select(1, self.receivers), x.index_select(1, self.senders)], dim=2)
        effects = self.edge(pairs).reshape(-1, CONSTITUENTS, CONSTITUENTS - 1, 4).sum(dim=2)
        objects = self.object(torch.cat([x, self.effects(effects)], dim=2))
        return self.jet(self.objects(objects.sum(dim=1)))


if __name__ == "__main__":
    main(
        InteractionNetwork(),
        int(sys.argv[1]) if len(sys.argv) > 1 else 30,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
