"""Compiled templates, kept where Python keeps compiled modules."""

import pickle
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from firmograph import __version__


class CompiledTemplates(FileSystemBytecodeCache):
    """Spares each start the compilation of its templates, which takes longer than a page.

    A template that changed is compiled again. Nothing is kept where Python may not write its
    own compiled modules.

    Args:
        folder: where they are kept; None for where the modules of this package are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        versions = f"{sys.implementation.cache_tag}-{__version__}-{jinja_version}"
        folder = folder or Path(cache_from_source(__file__)).parent
        super().__init__(str(folder), f"template-%s.{versions}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Takes a template from its file, unless that is damaged or cannot be read."""
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes a template to its file, as a whole or not at all."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)
