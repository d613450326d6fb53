"""Bit-accurate emulation: mantissas in, mantissas out."""
