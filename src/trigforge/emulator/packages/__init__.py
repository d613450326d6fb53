"""Packages of an emulator: sources, Makefile and README of one model and version, to be compiled anywhere."""

from trigforge.emulator.packages.generate import Package, PackageKind, to_package

__all__ = ["Package", "PackageKind", "to_package"]
