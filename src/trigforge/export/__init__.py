"""Exports of a model for those who load it elsewhere: sources of a shared object, pattern files, register images."""

from trigforge.export.generate import Package, PackageKind, to_package
from trigforge.export.patterns import Patterns, read_patterns, write_patterns
from trigforge.export.register_images import (
    IMAGE_SUFFIX,
    RegisterImage,
    image_of,
    read_image,
    register_ports,
    registers_in,
    write_image,
)

__all__ = [
    "IMAGE_SUFFIX",
    "Package",
    "PackageKind",
    "Patterns",
    "RegisterImage",
    "image_of",
    "read_image",
    "read_patterns",
    "register_ports",
    "registers_in",
    "to_package",
    "write_image",
    "write_patterns",
]
