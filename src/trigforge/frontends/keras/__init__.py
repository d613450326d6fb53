"""The part that front-ends for Keras models share: safe files, a walk over the layers, Keras's own layers."""
