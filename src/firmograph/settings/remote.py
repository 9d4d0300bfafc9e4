"""A root folder in a bucket: its settings, contracts, marts and dashboards are copied here."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

from firmograph.errors import SettingsError
from firmograph.settings.load import FILE_NAME, Configuration, SettingValue, load_settings
from firmograph.settings.places import DECLARATIONS, PLACES, check_url, is_url
from firmograph.storage.base import Storage, walk
from firmograph.storage.errors import BucketError, Gone
from firmograph.storage.opening import open_storage


def make_copy(owner: object) -> Path:
    """An empty folder, which is deleted once its owner is gone, or the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="firmograph-root-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder


def load_remote(url: str, copy: Path, flags: Mapping[str, SettingValue]) -> Configuration:
    """Copies a root folder from a bucket, and reads its settings.

    Args:
        url: ``s3://bucket/prefix`` or ``gs://bucket/prefix``; nothing else below it is read.
        copy: an empty folder.
        flags: settings given on the command line or by a caller.

    Raises:
        SettingsError: if the bucket cannot be read, or a setting would keep uploads or tables in
            the copy, which is deleted.
    """
    check_url("root", url)
    source = open_storage(url)
    try:
        _copy_file(source, FILE_NAME, copy / FILE_NAME)
        configuration = load_settings(copy, flags)
        for name in DECLARATIONS:
            _check_inside(name, str(getattr(configuration.settings, name)), url)
            _copy_folder(source, str(getattr(configuration.settings, name)), copy)
    except BucketError as error:
        raise SettingsError(f"the root folder cannot be read: {error}", hint=error.hint) from error
    has_file = configuration.settings.metrics == "prometheus"
    for name in (*PLACES, *(["metrics_file"] if has_file else [])):
        value = str(getattr(configuration.settings, name))
        if not is_url(value) and not Path(value).is_absolute():
            raise SettingsError(
                f"setting {name} is {value!r}, a folder below the root {url}, of which this "
                "machine has a copy for one command only",
                hint="give a url or an absolute path",
            )
    return configuration


def _check_inside(name: str, value: str, url: str) -> None:
    if ".." in Path(value).parts:
        raise SettingsError(
            f"setting {name} is {value!r}, which leads out of the root {url}",
            hint="give a folder below the root, or an absolute path of this machine",
        )


def _copy_folder(source: Storage, name: str, copy: Path) -> None:
    """Copies a folder of declarations; one that is elsewhere on this machine stays there."""
    if Path(name).is_absolute():
        return
    for folder, below, entry in walk(source / name):
        _copy_file(folder, entry.name, copy / name / below / entry.name)


def _copy_file(source: Storage, name: str, target: Path) -> None:
    try:
        content = source.read(name)
    except Gone:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
