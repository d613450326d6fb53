"""The convolutional muon tracker: two convolutions over all gaps, then dense layers.

One input, ``hits`` (50 channels, 7 gaps), one bit each; one output, the angle to the beam in mrad.

    roads              a convolution over 5 channels of all 7 gaps at once: 4 filters, ReLU
    segments           3 wide, every second place: 5 filters, ReLU
    track, fine        16 and 8 numbers
    angle              the angle

Muons come from the collision point and the channels are projective, so that a muon stays within a few channels of the
same number in all gaps: the first filters are roads. The muons, and how it is trained, are those of ``muon_tracker``.
"""

from dataclasses import replace
from typing import Any

from models import blocks
from models.muon_tracker import recipe as staged

CHANNELS, GAPS = staged.CHANNELS, sum(staged.STATIONS)
ROADS, ROAD_WIDTH = 4, 5
SEGMENTS, SEGMENT_WIDTH = 5, 3
TRACK, FINE = 16, 8


def build(quantized: bool) -> Any:
    """The network, with HGQ2's quantizers or, layer by layer the same, without."""
    import keras

    hits = keras.Input((CHANNELS, GAPS), name="hits")
    network = blocks.layers(quantized, staged.TYPES)
    x = network.boundary(hits, "bits", rounding="TRN")
    x = network.convolution(x, "roads", ROADS, ROAD_WIDTH, "relu", one_bit=True)
    x = network.convolution(x, "segments", SEGMENTS, SEGMENT_WIDTH, "relu", stride=2)
    x = keras.layers.Reshape((CHANNELS // 2 * SEGMENTS,), name="flat")(x)
    x = network.dense(network.dense(x, "track", TRACK, "relu"), "fine", FINE, "relu")
    return keras.Model(hits, staged.angle(network, x), name="muon_tracker_cnn")


RECIPE = replace(staged.RECIPE, build=build, scan=None)
