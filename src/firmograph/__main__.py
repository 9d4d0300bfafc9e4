"""Lets `python -m firmograph` be the command line."""

from firmograph.cli import main

if __name__ == "__main__":
    main()
