"""Angles of every data set."""

import numpy as np
from numpy.typing import NDArray


def wrap_phi(phi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brings angles in radians to [-pi, pi)."""
    return (phi + np.pi) % (2 * np.pi) - np.pi
