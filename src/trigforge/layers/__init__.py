"""Layers for training with HGQ2 that HGQ2 lacks: normalizations, exactly as the hardware computes them.

Importing this room imports Keras and HGQ2, and registers the layers, so that files that hold them can be loaded.
"""

from trigforge.layers.norms import QLayerNormalization, QRMSNormalization

__all__ = ["QLayerNormalization", "QRMSNormalization"]
