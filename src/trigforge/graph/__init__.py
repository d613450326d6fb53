"""The intermediate representation: what is computed (``FixedPointGraph``) and how it is built (``DesignPoint``)."""
