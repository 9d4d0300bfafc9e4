"""Settings: flags override the environment (``FIRMOGRAPH_*``), and that ``firmograph.toml``."""

from firmograph.settings.declared import SECTIONS, Settings, default_file, describe
from firmograph.settings.load import (
    FILE_NAME,
    PREFIX,
    Configuration,
    SettingValue,
    Source,
    check_name,
    load_settings,
    parse_flags,
)
from firmograph.settings.places import DECLARATIONS, PLACES, is_url

__all__ = [
    "DECLARATIONS",
    "FILE_NAME",
    "PLACES",
    "PREFIX",
    "SECTIONS",
    "Configuration",
    "SettingValue",
    "Settings",
    "Source",
    "check_name",
    "default_file",
    "describe",
    "is_url",
    "load_settings",
    "parse_flags",
]
