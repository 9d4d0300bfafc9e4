"""Checks where a project's files are: in folders, or in buckets that urls name."""

import re
from collections.abc import Mapping
from pathlib import Path

from firmograph.errors import SettingsError

PLACES = ("uploads", "processed", "quarantined", "lake")
"""The settings that may name a bucket."""
DECLARATIONS = ("contracts", "marts", "dashboards")
"""The settings that name folders of declarations."""
SCHEMES = ("s3", "gs")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]|%[0-9A-Fa-f]{2}")
"""What Delta Lake reads otherwise in a path or url, or cannot read."""


def is_url(place: str) -> bool:
    """Whether a setting names a bucket rather than a folder."""
    return _URL.fullmatch(place) is not None


def check_places(places: Mapping[str, str]) -> None:
    """Refuses folders and urls that cannot hold a lake, or that would be mixed with it.

    Args:
        places: by setting, an absolute path or a url.

    Raises:
        SettingsError: naming the setting and its value.
    """
    for name, place in places.items():
        if is_url(place):
            check_url(name, place)
    _check_characters(places["lake"])
    _check_nesting({name: _comparable(place) for name, place in places.items()})


def check_url(name: str, url: str) -> None:
    """Refuses a url that cannot be that of a setting, or of the root folder.

    Raises:
        SettingsError: naming the setting and its value.
    """
    match = _URL.fullmatch(url)
    scheme, rest = match.groups() if match else ("", "")
    bucket, _, prefix = rest.partition("/")
    if "@" in bucket or "?" in rest or "#" in rest:  # not shown: it may hold a credential
        raise SettingsError(
            f"setting {name} is a url with more than a bucket and a prefix",
            hint="as in s3://acme-data/firmograph/lake; credentials are given by the environment",
        )
    if name in DECLARATIONS:
        raise SettingsError(
            f"setting {name} is {url!r}; it must be a folder of this machine",
            hint="contracts, marts and dashboards travel with the program, beside firmograph.toml",
        )
    if scheme not in SCHEMES:
        other = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}.get(scheme)
        raise SettingsError(
            f"setting {name} is {url!r}; allowed are folders, s3://bucket/prefix and "
            "gs://bucket/prefix",
            hint=f"write {other}://{rest}" if other else "other stores are not supported",
        )
    if not bucket or not prefix or any(part in ("", ".", "..") for part in prefix.split("/")):
        raise SettingsError(
            f"setting {name} is {url!r}; it needs a bucket and a prefix, without empty parts",
            hint=f"as in {scheme}://{bucket or 'acme-data'}/{name}",
        )


def _check_characters(lake: str) -> None:
    found = _UNUSABLE.search(lake if is_url(lake) else str(Path(lake).resolve()))
    if found:
        raise SettingsError(
            f"the path of the lake has {found[0]!r} in it: {lake!r}",
            hint="tables cannot be stored in a path that is not UTF-8 or has control characters, "
            "a \\ or a % before two hexadecimal digits; rename the folder or choose another",
        )


def _check_nesting(places: Mapping[str, str]) -> None:
    lake = places["lake"]
    for name, place in places.items():
        if name != "lake" and (_is_in(place, lake) or _is_in(lake, place)):
            raise SettingsError(
                f"the folders of the settings lake and {name} are one inside the other: {lake} "
                f"and {place}",
                hint="give each a folder of its own",
            )
    for name in ("processed", "quarantined"):
        if places[name] == places["uploads"]:
            raise SettingsError(
                f"the settings uploads and {name} are the same folder: {places[name]}",
                hint="give each a folder of its own; files move from one to the other",
            )


def _is_in(place: str, other: str) -> bool:
    return f"{place}/".startswith(f"{other.rstrip('/')}/")


def _comparable(place: str) -> str:
    return place if is_url(place) else str(Path(place).resolve())
