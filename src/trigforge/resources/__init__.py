"""Facts that stand in files: the parts that can be built for."""
