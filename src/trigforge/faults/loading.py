"""Images that are loaded in mid-campaign, as transfers on the bus of a register file, over and over."""

import struct
from collections.abc import Iterator

from trigforge.toolchain.verilator_upsets import CYCLES_A_TRANSFER, Transfer, TransferKind

_CONTROL, _IMAGE, _CHECKSUM = 0, 4, 16
"""addresses of ``firmware/shell/tf_register_file.v``, in bytes"""


def loading(images: tuple[bytes, ...], waiting_cycles: int) -> tuple[Transfer, ...]:
    """Each image in turn, and between two of them the first with its last bit turned over, which is not taken.

    Behind each the bus rests for as long as it was busy, ``waiting_cycles`` at least, in which an image waits for the
    events inside to leave. Meanwhile status and checksum are read.
    """
    first = images[0]
    damaged = first[:-1] + bytes([first[-1] ^ 0x80])
    rounds = [entry for image in images for entry in (image, damaged)]
    return tuple(transfer for image in rounds for transfer in _written(image, waiting_cycles))


def _written(image: bytes, waiting_cycles: int) -> Iterator[Transfer]:
    words = struct.unpack(f"<{len(image) // 4}I", image)
    yield Transfer(TransferKind.WRITE, _CONTROL)
    for word in words:
        yield Transfer(TransferKind.WRITE, _IMAGE, word)
    resting = max(waiting_cycles, CYCLES_A_TRANSFER * len(words))
    for cycle in range(resting):
        yield Transfer(TransferKind.PAUSE)
        if cycle % _EVERY == _EVERY - 1 or cycle == resting - 1:
            yield Transfer(TransferKind.READ, _CONTROL)
            yield Transfer(TransferKind.READ, _CHECKSUM)


_EVERY = 8
"""cycles of rest between two readings"""
