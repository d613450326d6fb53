"""The part that all front-ends for Keras 3 models share: safe files, the walk over a model's layers, and Keras's own layers."""
