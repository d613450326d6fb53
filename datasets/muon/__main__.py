"""Entry point of `python -m datasets.muon`."""

if __name__ == "__main__":
    from datasets.muon.cli import main

    main()
