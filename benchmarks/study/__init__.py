"""Studies: networks named in a TOML file, their figures from earlier runs, and the requirements on them."""
