"""The estimates of what a design is after place and route, beside every public pair of a network and its figures."""
