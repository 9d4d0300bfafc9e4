"""Compiled templates, kept where Python keeps compiled modules."""

import os
import pickle
import sys
import tempfile
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket, BytecodeCache

from firmograph import __version__


class CompiledTemplates(BytecodeCache):
    """Spares each start the compilation of its templates, which takes longer than a page.

    A template that changed is compiled again. Nothing is kept where Python may not write its
    own compiled modules.

    Args:
        folder: where they are kept; None for where the modules of this package are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(cache_from_source(__file__)).parent

    def load_bytecode(self, bucket: Bucket) -> None:
        """Takes a template from its file, unless there is none or it is of another version."""
        unusable = (OSError, EOFError, pickle.UnpicklingError)
        with suppress(*unusable), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes a template to its file, as a whole or not at all."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(number, "wb") as file:
                    bucket.write_bytecode(file)
                Path(name).replace(self._path(bucket))
            finally:
                Path(name).unlink(missing_ok=True)

    def _path(self, bucket: Bucket) -> Path:
        versions = f"{sys.implementation.cache_tag}-{__version__}-{jinja_version}"
        return self._folder / f"template-{bucket.key[:16]}.{versions}"
