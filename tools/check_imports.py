"""Checks that each third-party library is imported only where it belongs.

    python tools/check_imports.py [FILE...]

Every library has its homes in `HOMES`; one that is missing there may be imported nowhere. Imports
inside functions and those for type checking count, too.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "firmograph"
HOMES = {
    "boto3": ("cloud/aws",),
    "botocore": ("cloud/aws",),
    "click": ("cli",),
    "deltalake": ("lake", "testing"),
    "duckdb": ("engine/duckdb",),
    "filelock": ("control", "storage"),
    "fsspec": ("engine/duckdb",),
    "google": ("cloud/google",),
    "isal": ("sources",),
    "jinja2": ("web",),
    "markupsafe": ("web",),
    "msgspec": ("cli", "kernel", "settings", "sources", "web", "wiring"),
    "obstore": ("storage",),
    "opentelemetry": ("metrics",),
    "pandas": ("engine/spark",),
    "prometheus_client": ("metrics",),
    "py4j": ("engine/spark",),
    "pyarrow": (
        "cloud",
        "control",
        "drift",
        "engine",
        "ingest",
        "lake",
        "publish",
        "queries",
        "staging",
        "testing",
        "verify",
    ),
    "pyspark": ("cloud/job", "engine/spark"),
    "rich": ("cli",),
    "sqlglot": ("engine/spark",),
    "starlette": ("web",),
    "uvicorn": ("web",),
    "watchfiles": ("cloud",),
    "werkzeug": ("cloud/google",),
    "yaml": ("contract",),
}
"""By library, the folders and modules that may import it."""


def faults(file: Path) -> Iterator[str]:
    """The imports of a file that do not belong there, as ``file:line: fault``."""
    module = file.with_suffix("").as_posix().rpartition("firmograph/")[2]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        for library in sorted(set(_libraries(node))):
            homes = HOMES.get(library, ())
            if not any(f"{module}/".startswith(f"{home}/") for home in homes):
                where = f"only in {', '.join(homes)}" if homes else "nowhere"
                line = getattr(node, "lineno", 1)
                yield f"{file}:{line}: {library} may be imported {where}"


def _libraries(node: ast.AST) -> Iterator[str]:
    """The third-party libraries that a statement imports."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module or ""]
    for name in names:
        library = name.partition(".")[0]
        if library != "firmograph" and library not in sys.stdlib_module_names:
            yield library


def main(arguments: list[str]) -> int:
    """Checks some files, or all of the source; returns an exit code."""
    files = [Path(name) for name in arguments] or sorted(SOURCE.rglob("*.py"))
    found = [fault for file in files for fault in faults(file)]
    print(*found, f"{len(files)} files, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
