"""Runs the command line for `python -m firmograph`."""

from firmograph.cli import main

if __name__ == "__main__":
    main()
