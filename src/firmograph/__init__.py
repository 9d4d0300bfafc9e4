"""firmograph turns a folder of D&B documents into a layered data lake of Delta tables."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["run"]


def run(root: str = ".", *, spark: Any = None, **settings: str) -> Any:
    """Takes in the uploads of a root folder and publishes what is new, as `firmograph run` does.

    Args:
        root: the root folder, which may hold ``firmograph.toml``.
        spark: a Spark session to work in; its own settings and views are left alone.
        settings: go before the file and the environment, each as text, as in
            ``max_document_bytes="1048576"``.

    Returns:
        What the run did, a `Report`; its `exit_code` is that of the command.

    Raises:
        FirmographError: where it could not be done; the message says why, `hint` what to do.
    """
    # by name: every module imports this one, and it would import them all
    return import_module("firmograph.project").run_root(root, spark, settings)
