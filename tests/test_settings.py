import tomllib
from pathlib import Path

import pytest

from firmograph.errors import SettingsError, UsageError
from firmograph.settings import SECTIONS, Settings, default_file, describe, load_settings

NAMES = set(Settings.__struct_fields__)


def load(
    root: Path,
    text: str = "",
    flags: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> dict[str, tuple[object, str]]:
    """Value and origin of each setting."""
    if text:
        (root / "firmograph.toml").write_text(text, "utf-8")
    found = load_settings(root, flags or {}, environment or {})
    return {source.name: (source.value, source.origin) for source in found.sources}


def refusal(
    root: Path,
    text: str = "",
    flags: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> SettingsError:
    """The error of settings that are wrong."""
    with pytest.raises(SettingsError) as caught:
        load(root, text, flags, environment)
    return caught.value


def test_settings_of_nothing_are_the_defaults(tmp_path: Path) -> None:
    found = load_settings(tmp_path, {}, {})
    assert found.settings == Settings()
    assert {source.origin for source in found.sources} == {"default"}
    assert [source.name for source in found.sources] == list(Settings.__struct_fields__)


def test_settings_defaults_are_those_documented() -> None:
    defaults = Settings()
    assert defaults.uploads == "workingArea/uploads"
    assert defaults.processed == "workingArea/processedFiles"
    assert defaults.quarantined == "workingArea/quarantinedFiles"
    assert defaults.lake == "datasets"
    assert (defaults.marts, defaults.contracts) == ("marts", "contracts")
    assert (defaults.max_document_bytes, defaults.memory_limit) == (268_435_456, "2GB")
    assert (defaults.wait_seconds, defaults.log_level, defaults.log_format) == (0.0, "info", "text")


def test_settings_file_environment_and_flags_go_one_before_the_other(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        'lake = "f"\nmarts = "f"\nuploads = "f"\n',
        {"uploads": "flag"},
        {"FIRMOGRAPH_MARTS": "e", "FIRMOGRAPH_UPLOADS": "e"},
    )
    assert found["lake"] == ("f", "firmograph.toml")
    assert found["marts"] == ("e", "FIRMOGRAPH_MARTS")
    assert found["uploads"] == ("flag", "flag")
    assert found["processed"] == ("workingArea/processedFiles", "default")


def test_settings_a_lower_layer_is_checked_even_where_a_higher_one_wins(tmp_path: Path) -> None:
    error = refusal(tmp_path, "max_document_bytes = 'many'\n", {"max_document_bytes": "4096"})
    assert "firmograph.toml" in error.message


def test_settings_text_from_environment_and_flags_becomes_a_number(tmp_path: Path) -> None:
    found = load(tmp_path, "", {"max_document_bytes": "4096"}, {"FIRMOGRAPH_WAIT_SECONDS": "1.5"})
    assert found["max_document_bytes"] == (4096, "flag")
    assert found["wait_seconds"] == (1.5, "FIRMOGRAPH_WAIT_SECONDS")


def test_settings_file_keeps_toml_types(tmp_path: Path) -> None:
    assert load(tmp_path, "wait_seconds = 3\n")["wait_seconds"] == (3.0, "firmograph.toml")
    error = refusal(tmp_path, "max_document_bytes = 4096.5\n")
    assert error.message.startswith("setting max_document_bytes (firmograph.toml) is 4096.5: ")


def test_settings_other_variables_of_the_environment_are_left_alone(tmp_path: Path) -> None:
    environment = {"FIRMOGRAPH_ROOT": "/elsewhere", "HOME": "/root", "LAKE": "x", "FIRMO_LAKE": "x"}
    found = load(tmp_path, environment=environment)
    assert {origin for _, origin in found.values()} == {"default"}


@pytest.mark.parametrize(
    ("text", "flags", "environment", "message"),
    [
        ("lakee = 1\n", {}, {}, "unknown setting 'lakee' (firmograph.toml); did you mean 'lake'?"),
        ("", {"mart": "x"}, {}, "unknown setting 'mart' (keyword); did you mean 'marts'?"),
        (
            "",
            {},
            {"FIRMOGRAPH_MEMORYLIMIT": "x"},
            "unknown setting 'memorylimit' (environment); did you mean 'memory_limit'?",
        ),
        ("Lake = 'x'\n", {}, {}, "unknown setting 'Lake' (firmograph.toml); did you mean 'lake'?"),
    ],
)
def test_settings_unknown_name_is_an_error(
    tmp_path: Path,
    text: str,
    flags: dict[str, str],
    environment: dict[str, str],
    message: str,
) -> None:
    error = refusal(tmp_path, text, flags, environment)
    assert error.message.startswith(message)
    assert error.hint == "`firmograph settings` lists all"
    assert (error.exit_code, isinstance(error, UsageError)) == (2, True)


@pytest.mark.parametrize("section", ["", "[limits]\n"])
def test_settings_file_may_group_settings_in_sections(tmp_path: Path, section: str) -> None:
    found = load(tmp_path, f'{section}workers = 3\n[paths]\nlake = "tables"\n')
    assert found["workers"] == (3, "firmograph.toml")
    assert found["lake"] == ("tables", "firmograph.toml")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "[paths]\nmemory_limit = '1GB'\n",
            "setting memory_limit is in section [paths] (firmograph.toml)",
            "move it to section [limits], or above the first section",
        ),
        (
            "[path]\nlake = 'x'\n",
            "unknown section [path] (firmograph.toml); did you mean 'paths'?",
            "the sections are paths, deliveries, limits, spark, storage, logging, monitoring",
        ),
        (
            "logging = 'debug'\n",
            "logging (firmograph.toml) is 'debug', but it is a section, not a setting",
            "write [logging] on a line; in it: log_level, log_format",
        ),
        (
            "lake = 'a'\n[paths]\nlake = 'b'\n",
            "firmograph.toml gives lake twice, in a section and outside",
            "remove one of the two",
        ),
        (
            "[paths]\nlakee = 'x'\n",
            "unknown setting 'lakee' (firmograph.toml); did you mean 'lake'?",
            "`firmograph settings` lists all",
        ),
    ],
)
def test_settings_section_that_is_wrong_is_an_error(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert (error.message, error.hint) == (message, hint)


def test_settings_each_stand_in_one_section() -> None:
    assert [name for names in SECTIONS.values() for name in names] == list(
        Settings.__struct_fields__
    )


def test_settings_name_far_from_all_is_answered_with_all(tmp_path: Path) -> None:
    message = refusal(tmp_path, "zzzz = 1\n").message
    assert all(name in message for name in NAMES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lake", ""),
        ("max_document_bytes", "1023"),
        ("max_document_bytes", "4KB"),
        ("memory_limit", "2"),
        ("memory_limit", "GB"),
        ("memory_limit", "2gb"),
        ("memory_limit", "-2GB"),
        ("wait_seconds", "-1"),
        ("wait_seconds", "nan"),
        ("wait_seconds", "soon"),
        ("log_level", "INFO"),
        ("log_level", "loud"),
        ("log_format", "xml"),
    ],
)
def test_settings_value_that_does_not_fit_is_an_error(
    tmp_path: Path, name: str, value: str
) -> None:
    error = refusal(tmp_path, flags={name: value})
    assert error.message.startswith(f"setting {name} (flag) is {value!r}: ")
    assert error.hint is not None
    assert error.hint.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_limit", "500MB"),
        ("memory_limit", "1.5 GiB"),
        ("max_document_bytes", "1024"),
        ("wait_seconds", "0"),
        ("log_level", "debug"),
        ("lake", "../lake"),
        ("lake", "/data/霧 lake"),
    ],
)
def test_settings_value_that_fits_is_taken(tmp_path: Path, name: str, value: str) -> None:
    found, origin = load(tmp_path, flags={name: value})[name]
    assert (str(found).removesuffix(".0"), origin) == (value, "flag")


@pytest.mark.parametrize(
    "content", [b"lake = [", b"lake = 'a'\nlake = 'b'\n", b"lake = '\xff'", b"\xef\xbb\xbflake"]
)
def test_settings_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "firmograph.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"firmograph\.toml: cannot be read") as caught:
        load_settings(tmp_path, {}, {})
    assert caught.value.hint is not None


def test_settings_file_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "firmograph.toml").mkdir()
    assert "cannot be read" in refusal(tmp_path).message


def test_settings_root_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(SettingsError, match="does not exist"):
            load_settings(root, {}, {})


def test_settings_folders_are_below_the_root_unless_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = load_settings(Path(), {"marts": "/marts"}, {})
    assert found.root == tmp_path.resolve()
    assert found.folder("lake") == tmp_path.resolve() / "datasets"
    assert found.folder("marts") == Path("/marts")


def test_settings_are_each_described() -> None:
    meanings = describe()
    assert meanings.keys() == NAMES
    assert all(meaning and not meaning.endswith(".") for meaning in meanings.values())


def test_settings_default_file_changes_nothing_until_a_line_is_set_free(tmp_path: Path) -> None:
    text = default_file()
    assert tomllib.loads(text) == {section: {} for section in SECTIONS}
    free = "\n".join(
        line.removeprefix("# ")
        for line in text.splitlines()
        if " = " in line or line.startswith("[")
    )
    found = load(tmp_path, free)
    assert {name: value for name, (value, _) in found.items()} == {
        name: getattr(Settings(), name) for name in NAMES
    }
    assert {origin for _, origin in found.values()} == {"firmograph.toml"}
    assert all(f"# {meaning}\n# {name} = " in text for name, meaning in describe().items())
