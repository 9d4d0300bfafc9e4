"""The document types of a project: those of the package, and those of a contracts folder.

A file in the folder whose contract has the name of one of the package's overrides it; any other
declares a type of its own.
"""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import resources
from itertools import combinations
from pathlib import Path

from firmograph.contract.load import ContractFile, load_contract, parse_file
from firmograph.contract.model import Contract
from firmograph.contract.suggest import did_you_mean
from firmograph.errors import ContractError, UsageError

FAULT_HINT = "fix the lines named; nothing was run"
_ENDING = ".yaml"


def load_contracts(folder: Path | None = None) -> dict[str, Contract]:
    """Loads the contract of each document type.

    Args:
        folder: of a project's own contracts.

    Returns:
        The contracts, by document type.

    Raises:
        ContractError: listing every fault of every contract, and every conflict between them.
    """
    declared = _declared_files()
    shipped = {name: file.contract for name, file in declared.items()}
    own, faults = _own_files(folder, shipped) if folder else ({}, [])
    files = {**declared, **own}
    if not faults:
        # a conflict is reported in the user's file, or else in the later one
        ordered = sorted(files.values(), key=lambda file: file.contract.name in own)
        faults = [fault for pair in combinations(ordered, 2) for fault in _clashes(*pair)]
    if faults:
        raise ContractError("\n".join(faults), hint=FAULT_HINT)
    return {name: file.contract for name, file in files.items()}


def declared_contracts() -> dict[str, Contract]:
    """The contracts of the package, by document type."""
    return {name: file.contract for name, file in _declared_files().items()}


def contract_names(folder: Path) -> list[str]:
    """Names of the document types, whether or not their contracts have faults."""
    own = (path.stem for path in sorted(folder.glob(f"*{_ENDING}")) if _is_filled(path))
    return list(dict.fromkeys([*_declared_texts(), *own]))


def contract_text(name: str, folder: Path) -> str:
    """The YAML of a contract in force: the folder's, else the package's.

    Raises:
        UsageError: if no document type has this name.
    """
    names = contract_names(folder)
    check_name(name, names)
    override = folder / f"{name}{_ENDING}"
    if _is_filled(override):
        return override.read_text("utf-8", "backslashreplace")
    return _declared_texts()[name]


def _is_filled(path: Path) -> bool:
    """Whether a file has content; an empty one may be the target of a shell redirection."""
    return path.is_file() and path.stat().st_size > 0


def check_name(name: str, known: list[str]) -> None:
    """Refuses a name that no document type has.

    Raises:
        UsageError: suggesting the nearest known name.
    """
    if name not in known:
        raise UsageError(
            f"no document type is named {name!r}; {did_you_mean(name, known)}",
            hint="`firmograph contract check` lists the document types",
        )


def _declared_texts() -> dict[str, str]:
    folder = resources.files(__package__).joinpath("declared")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(_ENDING)), key=lambda f: f.name)
    return {file.name.removesuffix(_ENDING): file.read_text("utf-8") for file in files}


@cache
def _declared_files() -> Mapping[str, ContractFile]:
    """The contracts of the package, parsed once for a process."""
    return {name: parse_file(text, f"{name}.yaml") for name, text in _declared_texts().items()}


def _own_files(
    folder: Path, shipped: dict[str, Contract]
) -> tuple[dict[str, ContractFile], list[str]]:
    """The contracts of a folder by document type, and all faults found."""
    found: dict[str, ContractFile] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.y*ml")):
        if path.suffix != _ENDING:
            faults.append(f"{path}:1: a contract's file ends in .yaml; name it {path.stem}.yaml")
            continue
        try:
            file = load_contract(path, shipped)
        except ContractError as error:
            faults.append(error.message)
            continue
        name = file.contract.name
        if name != path.stem:
            faults.append(
                f"{path}:{file.lines['contract']}: the file is named {path.stem}, its contract "
                f"{name}; name the file {name}.yaml"
            )
        found[path.stem] = file
    return found, faults


def _clashes(theirs: ContractFile, ours: ContractFile) -> Iterator[str]:
    """Yields faults of a contract that claims files or tables of another one."""
    name = theirs.contract.name
    fault = partial("{}:{}: {}".format, ours.name)
    tokens = sorted((ours.contract.file_token, theirs.contract.file_token), key=len)
    if tokens[0] == tokens[1]:
        yield fault(ours.lines["file_token"], f"file_token {tokens[0]!r} is that of {name}, too")
    elif tokens[1].endswith(f"_{tokens[0]}"):
        yield fault(
            ours.lines["file_token"],
            f"file_token {ours.contract.file_token!r} is ambiguous beside that of {name}, "
            f"{theirs.contract.file_token!r}: one ends with the other",
        )
    if ours.contract.ods_table == theirs.contract.ods_table:
        ods = ours.contract.ods_table
        yield fault(ours.lines["ods_table"], f"ods_table {ods!r} is that of {name}, too")
    names = {table.name for table in theirs.contract.tables}
    for table in ours.contract.tables:
        if table.name in names:
            yield fault(
                ours.lines[table.name],
                f"table {table.name!r} is one of {name}'s, and names are unique over all "
                f"contracts; to change {name}, write `contract: {name}` into {name}.yaml",
            )
