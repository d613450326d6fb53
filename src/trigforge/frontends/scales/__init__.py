"""Tensors with scales: the exact meaning of quantizers of any scale, for front-ends of ONNX and torch."""
