"""All layers and operations of Keras 3 that are read without types of their own."""

from trigforge.frontends.keras import activations, borders, contractions, moving, operations, structure
from trigforge.frontends.keras.call import Handler, Key

HANDLERS: dict[Key, Handler] = {
    **{("keras", name): reader for name, reader in (structure.LAYERS | borders.LAYERS | activations.LAYERS).items()},
    **{
        ("keras.ops", name): reader
        for name, reader in (operations.OPERATIONS | moving.OPERATIONS | contractions.OPERATIONS).items()
    },
}
