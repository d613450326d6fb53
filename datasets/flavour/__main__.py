"""Entry point of `python -m datasets.flavour`. Each worker is one thread: parallelism is over shards."""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

if __name__ == "__main__":
    from datasets.flavour.cli import main

    main()
