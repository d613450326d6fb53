"""Jets of five classes (g, q, W, Z, t) near 1 TeV: generator, readers, committed sample. See README.md."""
