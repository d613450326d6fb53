"""Exports of a model for those who load it elsewhere: sources of a shared object for CMSSW or C, and pattern files."""

from trigforge.export.generate import Package, PackageKind, to_package
from trigforge.export.patterns import Patterns, read_patterns, write_patterns

__all__ = ["Package", "PackageKind", "Patterns", "read_patterns", "to_package", "write_patterns"]
