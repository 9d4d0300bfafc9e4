from documents import organization

from cli.conftest import Program

FAULTY = """\
contract: data_blocks
record_at: [organization, $]
entity: duns
source_time: ^.transactionDetail.transactionTimestamp

tables:
  dw_company_data:
    key: [duns]
    colums:
      duns: {path: duns, type: duns}
  dw_stock_exchanges:
    key: [duns]
    columns:
      duns: {path: duns, type: dunns}
  dw_industry_code:
    key: [duns]
    parent: dw_company_dat
    columns:
      duns: {path: duns, type: duns}
"""


def test_contract_check_of_those_in_force_names_each(program: Program) -> None:
    outcome = program("contract", "check")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["data_blocks", "family_tree"]
    assert lines[0].startswith("data_blocks: 4 tables, ")
    assert lines[1].startswith("family_tree: 2 tables, ")
    assert all(line.endswith(", no faults") for line in lines)


def test_contract_check_of_a_file_names_every_fault_with_its_line(program: Program) -> None:
    file = program.root / "mine.yaml"
    file.write_text(FAULTY)
    outcome = program("contract", "check", str(file))
    assert (outcome.code, outcome.out) == (2, "")
    message = outcome.err.removeprefix("error: ")
    *faults, hint = message.splitlines()
    assert hint.startswith("hint: ")
    assert all(fault.startswith(f"{file}:") for fault in faults)
    by_line = {fault.removeprefix(f"{file}:").split(":")[0]: fault for fault in faults}
    assert "did you mean 'columns'?" in by_line["9"]
    assert "did you mean 'duns'?" in by_line["14"]
    assert "did you mean 'dw_company_data'?" in by_line["17"]


def test_contract_check_of_a_shown_contract_finds_no_fault(program: Program) -> None:
    names = ("data_blocks", "family_tree")
    files = [program.root / f"my_{name}.yaml" for name in names]
    shown = program.each(*(["contract", "show", name] for name in names))
    for file, outcome in zip(files, shown, strict=True):
        file.write_text(outcome.out)
    checked = program.each(*(["contract", "check", str(file)] for file in files))
    for name, outcome in zip(names, checked, strict=True):
        assert outcome.code == 0
        assert outcome.out.startswith(f"{name}: ")


def test_contract_check_of_no_contract_ends_with_2(program: Program) -> None:
    contents = {
        "flow": ("tables: [\n", ":2: not YAML"),
        "word": ("just a word\n", ":1: "),
        "empty": ("", ":1: "),
        "none": ("contract: nonsense\n", ":1: "),
    }
    for name, (content, _) in contents.items():
        (program.root / name).write_text(content)
    outcomes = program.each(*(["contract", "check", str(program.root / n)] for n in contents))
    for (name, (_, message)), outcome in zip(contents.items(), outcomes, strict=True):
        assert (outcome.code, outcome.out) == (2, "")
        assert f"error: {program.root / name}{message}" in outcome.err


def test_contract_check_of_what_cannot_be_read_has_a_hint(program: Program) -> None:
    (program.root / "broken").write_text("tables: [\n")
    files = (str(program.root / "broken"), "absent", str(program.root))
    for outcome in program.each(*(["contract", "check", file] for file in files)):
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith("error: ")
        assert "\nhint: " in outcome.err


def test_contract_of_the_root_goes_before_the_packages(program: Program) -> None:
    shown = program("contract", "show", "family_tree").out
    (program.root / "contracts").mkdir()
    override = program.root / "contracts" / "family_tree.yaml"
    override.write_text("# mine\n" + shown)
    assert program("contract", "show", "family_tree").out.startswith("# mine\n")
    override.write_text("# mine\n" + shown.replace("record_at: [$]", "record_at: $$"))
    outcome = program("contract", "check")
    assert outcome.code == 2
    assert f"{override}:" in outcome.err


def test_contract_file_of_no_document_type_is_a_fault(program: Program) -> None:
    (program.root / "contracts").mkdir()
    (program.root / "contracts" / "datablocks.yaml").write_text("contract: data_blocks\n")
    outcome = program("contract", "check")
    assert outcome.code == 2
    assert "datablocks.yaml" in outcome.err


def test_contract_show_prints_both_or_one(program: Program) -> None:
    arguments = [[], ["data_blocks"], ["family_tree"], ["nonsense"]]
    both, blocks, tree, none = program.each(*(["contract", "show", *one] for one in arguments))
    assert both.out == blocks.out + tree.out
    assert "\ncontract: data_blocks\n" in blocks.out
    assert "\ncontract: family_tree\n" in tree.out
    assert (none.code, none.out) == (2, "")


def test_contract_show_into_the_file_it_would_read_prints_the_packages(program: Program) -> None:
    """A shell creates the file before the command runs, so it exists and is empty."""
    contracts = program.root / "contracts"
    contracts.mkdir()
    (contracts / "data_blocks.yaml").touch()
    outcome = program("contract", "show", "data_blocks")
    assert outcome.code == 0
    assert "contract: data_blocks\n" in outcome.out


PATHS = (
    ("websiteAddress", 2),
    ("primaryAddress.streetAddress", 2),
    ('"websiteAddress[].url"', 0),
)


def test_contract_check_reads_what_ods_holds(program: Program) -> None:
    sites = [{"url": "alpine.example", "domainName": "alpine"}]
    program.drop("alpine_data_blocks_20260301.json", organization(websiteAddress=sites))
    assert program("run").code == 0
    file = program.root / "mine.yaml"
    shown = program("contract", "show", "data_blocks").out
    line = "      sic_id: primaryIndustryCode.usSicV4\n"
    for path, code in PATHS:
        file.write_text(shown.replace(line, f"{line}      extra: {path}\n", 1))
        outcome = program("contract", "check", str(file))
        assert outcome.code == code
        if code:
            word = "a list" if path == "websiteAddress" else "an object"
            fault = f"dw_company_data.extra reads {path}, which is {word} in ODS, and never a value"
            assert f"error: data_blocks: {fault}\nhint: " in outcome.err
