"""Sizes beside the peer compiler's: our firmware and that of alkaid, mapped by the same passes."""
