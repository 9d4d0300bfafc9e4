"""The release check, on small git repositories packaged as this one is."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-03-01\n\n### Added\n- All.\n"
FILES = {
    "README.md": "# A project\n",
    "LICENSE": "A license\n",
    "CHANGELOG.md": CHANGELOG,
    "src/firmograph/__init__.py": '"""A package."""\n\n__version__ = "1.2.0"\n',
    "src/firmograph/py.typed": "",
    "src/firmograph/contract/data_blocks.yaml": "contract: data_blocks\n",
    "src/firmograph/marts/app_counts.sql": "SELECT 1 AS one\n",
    "examples/uploads/霧_data_blocks_20260301.json": "{}\n",
}


def git(root: Path, *arguments: str) -> None:
    """Runs git as nobody in particular."""
    command = ["git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=n@example.com"]
    subprocess.run([*command, "-c", "commit.gpgsign=false", *arguments], check=True)


def write(root: Path, name: str, text: str) -> None:
    """A file of the repository."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def check(root: Path, *arguments: str) -> tuple[int, list[str]]:
    """The check's exit code, and the first line of each fault or what is said instead."""
    command = [sys.executable, str(REPOSITORY / "tools" / "check_release.py"), "--root", str(root)]
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    lines = ended.stdout.splitlines()
    return ended.returncode, [line for line in lines if line.startswith(("error: ", "1."))]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose commit can be released."""
    for name, text in FILES.items():
        write(tmp_path, name, text)
    write(tmp_path, "pyproject.toml", (REPOSITORY / "pyproject.toml").read_text("utf-8"))
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    git(tmp_path, "tag", "v1.2.0")
    return tmp_path


def commit(root: Path) -> None:
    """Commits what is there."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "All")


def test_release_that_agrees_and_is_complete_passes(root: Path) -> None:
    assert check(root) == (0, ["1.2.0 can be released"])
    git(root, "tag", "nightly")
    git(root, "tag", "--delete", "v1.2.0")
    assert check(root, "--tag", "v1.2.0") == (0, ["1.2.0 can be released"])


def test_release_of_another_version_than_the_tag_is_refused(root: Path) -> None:
    message = "error: the tag is v1.3.0, the version in src/firmograph/__init__.py is 1.2.0"
    assert check(root, "--tag", "v1.3.0") == (1, [message])


def test_release_of_a_commit_without_a_tag_is_refused(root: Path) -> None:
    git(root, "tag", "--delete", "v1.2.0")
    assert check(root) == (1, ["error: the commit has no tag"])


@pytest.mark.parametrize(
    ("changelog", "faults"),
    [
        (
            CHANGELOG.replace("1.2.0", "1.1.0"),
            ["error: the newest release in CHANGELOG.md is 1.1.0, the version is 1.2.0"],
        ),
        (
            CHANGELOG.replace(" - 2026-03-01", ""),
            ["error: CHANGELOG.md gives 1.2.0 no date"],
        ),
        (
            CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n- More.\n"),
            ["error: CHANGELOG.md has entries under [Unreleased]"],
        ),
        (
            "# Changelog\n\n## [Unreleased]\n\n- All.\n",
            [
                "error: the newest release in CHANGELOG.md is none, the version is 1.2.0",
                "error: CHANGELOG.md has entries under [Unreleased]",
            ],
        ),
    ],
)
def test_release_that_the_changelog_does_not_name_is_refused(
    root: Path, changelog: str, faults: list[str]
) -> None:
    write(root, "CHANGELOG.md", changelog)
    commit(root)
    assert check(root, "--tag", "v1.2.0") == (1, faults)


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
def test_release_from_a_changed_work_tree_is_refused(root: Path, name: str) -> None:
    write(root, name, "changed\n")
    assert check(root) == (1, ["error: the work tree differs from the commit:"])


def test_release_whose_archives_lack_files_is_refused(root: Path) -> None:
    git(root, "rm", "--quiet", "src/firmograph/py.typed", "src/firmograph/marts/app_counts.sql")
    write(root, "src/firmograph/secret.py", "")
    write(root, ".gitignore", "secret.py\n")
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", "Less")
    assert check(root, "--tag", "v1.2.0") == (
        1,
        [
            "error: the source archive lacks src/firmograph/secret.py",
            "error: the wheel lacks firmograph/secret.py",
            "error: the wheel holds no file firmograph/py\\.typed: the typing marker",
            "error: the wheel holds no file firmograph/.+\\.sql: marts",
        ],
    )
