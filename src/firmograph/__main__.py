"""The program `firmograph`, and `python -m firmograph`."""


def main() -> None:
    """Runs the command line; worker processes import this module, and not what it calls."""
    from firmograph import cli

    cli.main()


if __name__ == "__main__":
    main()
