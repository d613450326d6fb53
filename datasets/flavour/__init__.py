"""Jets of b, c and light flavour with the impact parameters of their tracks: generator, readers, sample. See README.md."""
