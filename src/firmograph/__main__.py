"""The program `firmograph`, and `python -m firmograph`."""

import gc


def main() -> None:
    """Runs the command line; worker processes import this module, and not what it calls."""
    # imports create tens of thousands of objects, of which the collector finds hardly any to delete
    gc.set_threshold(10_000, *gc.get_threshold()[1:])
    from firmograph import cli

    try:
        cli.main()
    finally:
        gc.disable()  # at its end the interpreter would look through all that it then deletes


if __name__ == "__main__":
    main()
