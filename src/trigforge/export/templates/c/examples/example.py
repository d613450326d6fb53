"""One event in which every value is 1: `python examples/example.py`; needs nothing but Python and NumPy."""

import ctypes
from pathlib import Path

import numpy as np

INPUTS, OUTPUTS = {"INPUT_SIZES": 1}, {"OUTPUT_SIZES": 1}
library = ctypes.CDLL(str(Path(__file__).parents[1] / "trigforge_MODEL_vN.so"))
library.trigforge_MODEL_vN_open.restype = ctypes.c_void_p
library.trigforge_MODEL_vN_error.restype = ctypes.c_char_p
model = ctypes.c_void_p(library.trigforge_MODEL_vN_open())
inputs = [np.ones((1, size)) for size in INPUTS.values()]
outputs = [np.empty((1, size)) for size in OUTPUTS.values()]
pointers = [(ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays)) for arrays in (inputs, outputs)]
if library.trigforge_MODEL_vN_run(model, *pointers, ctypes.c_int64(1)):
    raise SystemExit(library.trigforge_MODEL_vN_error(model).decode())
for name, values in zip(OUTPUTS, outputs, strict=True):
    for element, value in enumerate(values[0].tolist()):
        print(f"{name}[{element}] = {value:.17g}")
library.trigforge_MODEL_vN_close(model)
