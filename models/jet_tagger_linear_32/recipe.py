"""A linear interaction network on the 32 leading constituents of a jet; the network stands in ``models/sets.py``.

It begins from ``begin.keras``, which has 224,260 EBOPs and came of two trainings: one from the network on 16
constituents with wide types, a beta from 4e-8 to 1.7e-7 over 180 epochs, stopped after 166 epochs at 417,000 EBOPs;
then, from there with its types, 170 epochs with a beta from 1.5e-7 to 3.8e-7 over the first half. Begun from the
narrow types of the network on 16 it is a point worse at the same EBOPs. Three trainings that went on from here, with
smaller rates, a smaller beta and larger batches, came to 75.3 to 75.5 % at 227,000 to 237,000 EBOPs.
"""

from models import sets

RECIPE = sets.linear(
    32,
    sets.Training(
        ebops_limit=258_000,
        beta=(3e-7, 2.2e-7),
        ramp=0.5,
        float_epochs=10,
        quantized_epochs=75,
        begin="jet_tagger_linear_32/begin",
        begin_types=True,
        rounding="TRN",
        **{**sets.TAUGHT, "learning_rate": 6e-4},
    ),
)
