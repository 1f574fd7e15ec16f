"""`python -m fasterlog` is the command `fasterlog`."""

from fasterlog.cli import main

if __name__ == "__main__":
    main()
