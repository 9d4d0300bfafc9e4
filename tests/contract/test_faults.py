import pytest
from kernels import shipped
from small_contract import SMALL, faults, faults_with

from firmograph.contract.load import parse_contract


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "contract: data_blocks",
            "contract: Invoices",
            "x.yaml:1: document type 'Invoices' is not lower-case letters, digits and _, "
            "beginning with a letter",
        ),
        (
            "entity: duns\n",
            "entity: duns\nassembly: page\n",
            "x.yaml:4: unknown assembly 'page'; did you mean 'pages'?",
        ),
        (
            "entity: duns\n",
            "entity: duns\nfile_token: Credit-Scores\n",
            "x.yaml:4: file_token 'Credit-Scores' is not words of lower-case letters and digits, "
            "joined by _, with a letter first",
        ),
        (
            "entity: duns\n",
            "entity: duns\nfile_token: scores_\n",
            "x.yaml:4: file_token 'scores_' is not words of lower-case letters and digits, "
            "joined by _, with a letter first",
        ),
        (
            "entity: duns\n",
            "entity: duns\nods_table: raw_scores\n",
            "x.yaml:4: ods_table 'raw_scores' is not ods_ and lower-case letters, digits and _, "
            "100 characters at most",
        ),
        (
            "  dw_stock_exchanges:",
            "  stock_exchanges:",
            "x.yaml:25: table name 'stock_exchanges' is not dw_ and lower-case letters, digits "
            "and _, 100 characters at most",
        ),
        (
            "    each: industryCodes\n",
            "    each: industryCodes\n    parent: dw_company_dat\n",
            "x.yaml:21: parent 'dw_company_dat' of dw_industry_code is not another table of "
            "data_blocks; did you mean 'dw_company_data'?",
        ),
        (
            "    each: industryCodes\n",
            "    each: industryCodes\n    parent: dw_industry_code\n",
            "x.yaml:21: parent 'dw_industry_code' of dw_industry_code is not another table of "
            "data_blocks; known are dw_company_data, dw_corporate_linkage, dw_stock_exchanges",
        ),
        (
            "    each: industryCodes\n",
            "    each: industryCodes\n    parent: dw_stock_exchanges\n",
            "x.yaml:21: parent 'dw_stock_exchanges' of dw_industry_code has 'each', so it does "
            "not hold every entity",
        ),
        (
            "    each: industryCodes\n",
            "    each: industryCodes\n    parent: dw_corporate_linkage\n",
            "x.yaml:21: parent 'dw_corporate_linkage' of dw_industry_code has 'skip_empty', so "
            "it does not hold every entity",
        ),
        (
            "block_status: ^",
            "block_state: ^",
            "x.yaml:5: unknown key 'block_state'; did you mean 'block_status'?",
        ),
        (
            "key: [duns, priority]\n    each",
            "key: [duns, priority]\n    for_each",
            "x.yaml:20: unknown key 'for_each'; did you mean 'each'?",
        ),
        (
            "{block: companyinfo, level: 2,",
            "{block: companyinfo, levels: 2,",
            "x.yaml:9: unknown key 'levels'; did you mean 'level'?",
        ),
        (
            "rule: expected}",
            "rules: expected}",
            "x.yaml:13: unknown key 'rules'; did you mean 'rule'?",
        ),
        (
            "rule: expected",
            "rule: expect",
            "x.yaml:13: unknown rule 'expect'; did you mean 'expected'?",
        ),
        (
            "      code: code\n",
            "      code: 5\n",
            "x.yaml:24: a path is expected, not 5; put a key of that name in quotes",
        ),
        (
            "each: industryCodes",
            "each: 3",
            "x.yaml:20: a path is expected, not 3; put a key of that name in quotes",
        ),
        (
            "      code: code\n",
            "      code:\n",
            "x.yaml:24: a path is expected, not nothing; put a key of that name in quotes",
        ),
        (
            "      code: code\n",
            "      code: {path: websiteAddress[].url}\n",
            "x.yaml:24: not YAML: did not find expected ',' or '}'; put paths with [ ] in quotes",
        ),
        (
            "{path: priority, type: integer}",
            "{path: priority, type: present}",
            "x.yaml:19: key column 'priority' has no value of its own to tell rows apart",
        ),
        (
            "      code: code\n",
            "      code: {path: code, fault: refuze}\n",
            "x.yaml:24: unknown fault 'refuze'; did you mean 'refuse'?",
        ),
        (
            "      code: code\n",
            "      code: {path: code, unit: unitCode}\n",
            "x.yaml:24: code has a unit, so its type is double, not text",
        ),
        (
            "      code: code\n",
            "      code: {path: {first: a, second: b}}\n      place: {which: kode}\n",
            "x.yaml:25: place names the place of 'kode', which is no column of dw_industry_code "
            "whose places have names; did you mean 'code'?",
        ),
        (
            "      code: code\n",
            "      code: code\n      place: {which: code}\n",
            "x.yaml:25: place names the place of 'code', which is no column of dw_industry_code "
            "whose places have names; none is known",
        ),
        (
            "      code: code\n",
            "      code: {path: {first: a}}\n      place: {which: code, type: text}\n",
            "x.yaml:25: place names the place of another column, so it has no 'type'",
        ),
        (
            "path: primaryAddress}",
            "path: primaryAddress, keys: [startDate], at_least: 2}",
            "x.yaml:9: at_least 2 is not between 1 and the number of keys, 1",
        ),
        (
            "path: primaryAddress}",
            "path: primaryAddress, keys: startDate}",
            "x.yaml:9: a list of paths is expected here, such as [name, address.city]",
        ),
        (
            "path: primaryAddress}",
            "path: primaryAddress, value_at: [^.startDate]}",
            "x.yaml:9: the path ^.startDate must begin at the record",
        ),
        (
            "entity: duns\n",
            "entity: duns\nmissing_values: None\n",
            "x.yaml:4: 'missing_values' is a list of texts such as [None, N/A]",
        ),
        (
            "{path: priority, type: integer}",
            "{path: priority, type: integr}",
            "x.yaml:23: unknown type 'integr'; did you mean 'integer'?",
        ),
        (
            "{path: priority, type: integer}",
            "{path: priority, type: xyz}",
            "x.yaml:23: unknown type 'xyz'; known are text, duns, integer, double, boolean, "
            "timestamp, partial_date, present",
        ),
        (
            "key: [duns, priority]",
            "key: [duns, prioriti]",
            "x.yaml:19: key column 'prioriti' is not in dw_industry_code; did you mean 'priority'?",
        ),
        (
            "      code: code\n",
            "      code: code\n      code: kode\n",
            "x.yaml:25: column 'code' is declared twice in dw_industry_code",
        ),
        (
            "entity: duns\n",
            "entity: duns\nentity: duns\n",
            "x.yaml:4: key 'entity' is declared twice",
        ),
        (
            "      code: code\n",
            "      load_timestamp: code\n",
            "x.yaml:24: column name 'load_timestamp' is reserved for the run's own columns",
        ),
        (
            "      code: code\n",
            "      run_id: code\n",
            "x.yaml:24: column name 'run_id' is reserved for the run's own columns",
        ),
        (
            "      code: code\n",
            "      Code: code\n",
            "x.yaml:24: column name 'Code' is not made of lower-case letters, digits and _, "
            "with a letter first and at most 100 characters",
        ),
        (
            "      code: code\n",
            "      _code: code\n",
            "x.yaml:24: column name '_code' is not made of lower-case letters, digits and _, "
            "with a letter first and at most 100 characters",
        ),
        (
            "      code: code\n",
            "      a-b: code\n",
            "x.yaml:24: column name 'a-b' is not made of lower-case letters, digits and _, "
            "with a letter first and at most 100 characters",
        ),
        (
            "      code: code\n",
            "      code: [code]\n",
            "x.yaml:24: column code is a path, or {path: …, type: …, rule: …}",
        ),
        ("      code: code\n", "      code: {type: text}\n", "x.yaml:24: column code has no path"),
        (
            "record_at: [organization, $]",
            "record_at: ['a[b=1]', $]",
            "x.yaml:2: the record's place 'a[b=1]' must be plain dotted keys or $",
        ),
        (
            "path: primaryAddress}",
            "path: 'addresses[type=1]'}",
            "x.yaml:9: the covering path addresses[type=1] must be plain dotted keys",
        ),
        ("level: 2", "level: two", "x.yaml:9: level 'two' is not a number"),
        ("entity: duns\n", "", "x.yaml:1: key 'entity' is missing"),
        (
            "{duns: {path: $.duns, type: duns}, stock_name: tickerName}",
            "[duns, stock_name]",
            "x.yaml:28: the columns of dw_stock_exchanges are a mapping of names",
        ),
    ],
)
def test_fault_is_told_with_its_line_and_what_was_meant(old: str, new: str, fault: str) -> None:
    assert fault in faults_with(old, new)


def test_table_of_any_name_is_a_table_of_its_own() -> None:
    text = SMALL.replace("  dw_stock_exchanges:\n", "  dw_listings:\n")
    tables = parse_contract(text, "x.yaml").tables
    assert [table.name for table in tables][-1] == "dw_listings"


def test_table_declared_twice_is_a_fault() -> None:
    assert faults_with("  dw_stock_exchanges:\n", "  dw_industry_code:\n") == [
        "x.yaml:25: table 'dw_industry_code' is declared twice"
    ]


def test_parent_of_a_parent_is_a_fault() -> None:
    text = SMALL.replace(
        "  dw_company_data:\n",
        "  dw_names:\n    key: [duns]\n    columns: "
        "{duns: {path: duns, type: duns}, name: primaryName}\n  dw_company_data:\n"
        "    parent: dw_names\n",
    ).replace("    each: industryCodes\n", "    each: industryCodes\n    parent: dw_company_data\n")
    assert faults(text) == [
        "x.yaml:25: parent 'dw_company_data' of dw_industry_code has a parent of its own; "
        "name 'dw_names'"
    ]


@pytest.mark.parametrize(
    ("path", "place"),
    [("code[0]", "[0]"), ("code.", ""), ("a b", " b"), ("'code[", "'code["), ("a[b=c", "[b=c")],
)
def test_unknown_path_form_is_told_with_its_place(path: str, place: str) -> None:
    (fault,) = faults(SMALL.replace("      code: code\n", f'      code: "{path}"\n'))
    assert fault.startswith(f"x.yaml:24: path {path!r} is not understood at {place!r}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("each: industryCodes", "each: 'industryCodes[typeDnBCode=399]'"),
        ("each: industryCodes", "each: 'groups[type=1].industryCodes'"),
        ("block_status: ^.blockStatus", "block_status: '^.blockStatus[status=ok]'"),
        ("path: primaryAddress}", "path: ^.primaryAddress}"),
        ("      code: code\n", "      code: 'codes[]'\n"),
        ("      code: code\n", "      code: 'codes[type=1]'\n"),
        ("      code: code\n", "      code: {path: 'codes[]', type: integer}\n"),
    ],
)
def test_path_form_that_is_not_obeyed_at_its_place_is_a_fault(old: str, new: str) -> None:
    assert faults_with(old, new) != []


@pytest.mark.parametrize("word", ["ture", "1", "always", "[true]"])
def test_skip_empty_is_true_or_false(word: str) -> None:
    assert faults_with("skip_empty: true", f"skip_empty: {word}") != []


@pytest.mark.parametrize("word", ["True", "TRUE", "yes", "on"])
def test_skip_empty_in_yamls_other_words_is_never_false(word: str) -> None:
    text = SMALL.replace("skip_empty: true", f"skip_empty: {word}")
    assert faults(text) != [] or parse_contract(text, "x.yaml").tables[1].skip_empty


def test_covering_level_of_nothing_is_a_fault() -> None:
    """At level 0 a document without the block would count as having it."""
    assert faults_with("level: 2", "level: 0") != []


@pytest.mark.parametrize("key", ["[]", "duns", "[priority, duns]", "[duns, duns]"])
def test_key_is_a_list_that_begins_with_the_entity(key: str) -> None:
    assert faults_with("key: [duns, priority]", f"key: {key}") != []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "duns: {path: duns, type: duns, rule: mandatory}",
            "duns: {path: ^.inquiryDetail.duns, type: duns}",
            "x.yaml:7: the key of dw_company_data begins with the entity, so 'duns' is read from "
            "duns, not from ^.inquiryDetail.duns",
        ),
        (
            "      duns: {path: $.duns, type: duns}\n",
            "      duns: {path: owner.duns, type: duns}\n",
            "x.yaml:18: the key of dw_industry_code begins with the entity, so 'duns' is read from "
            "$.duns, not from owner.duns",
        ),
        (
            "      duns: {path: $.duns, type: duns}\n",
            "      duns: {path: duns, type: duns}\n",
            "x.yaml:18: the key of dw_industry_code begins with the entity, so 'duns' is read from "
            "$.duns, not from duns",
        ),
    ],
)
def test_key_of_another_entity_is_a_fault(old: str, new: str, fault: str) -> None:
    """A publish finds rows by their company's DUNS: rows of another one would never be replaced."""
    assert faults_with(old, new) == [fault]


def test_column_name_of_the_runs_own_staging_is_reserved() -> None:
    """A column of that name would be published with the document's number instead of its value."""
    assert faults_with("      code: code\n", "      ingest_seq: code\n") != []


def test_column_that_cannot_be_computed_is_a_fault() -> None:
    assert faults_with("      code: code\n", "      code: {computed: true}\n") != []


def test_computed_columns_are_told_by_name() -> None:
    text = shipped("family_tree").replace("is_complete:", "complete:")
    (fault,) = faults(text)
    assert fault.endswith(
        ": dw_family_tree.complete cannot be computed; did you mean 'is_complete'?"
    )


@pytest.mark.parametrize(
    "body",
    ["computed: false", "computed: true, path: links.self", "computed: true, rule: expected"],
)
def test_computed_column_is_nothing_beside(body: str) -> None:
    text = shipped("family_tree")
    assert text.count("pages_received: {computed: true,") == 1
    assert (
        faults(text.replace("pages_received: {computed: true,", f"pages_received: {{{body},")) != []
    )


def test_delivery_belongs_to_pages() -> None:
    assert faults(f"{SMALL}delivery: {{}}\n") == [
        "x.yaml:29: 'delivery' belongs to `assembly: pages`; that of data_blocks is single"
    ]


def test_pages_need_a_delivery() -> None:
    assert faults_with("entity: duns\n", "entity: duns\nassembly: pages\n") == [
        "x.yaml:1: 'delivery' is missing: pages are assembled by its facts"
    ]


def test_pages_need_a_whole_and_members() -> None:
    whole = shipped("family_tree").split("  dw_family_tree_members:\n")[0]
    (fault,) = faults(whole)
    assert fault.endswith(
        ": `assembly: pages` needs a table without 'each' for the whole, and one with 'each' for "
        "its members"
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "key: [global_duns]\n",
            "key: [global_duns, in_language]\n",
            "dw_family_tree has a row for each entity: its key is the entity alone, without "
            "'skip_empty'",
        ),
        (
            "key: [global_duns, duns]\n",
            "key: [global_duns, duns, start_date]\n",
            "the key of dw_family_tree_members is the entity and the member, two columns",
        ),
        (
            "is_complete: {computed: true, type: boolean}",
            "is_complete: {computed: true, type: integer}",
            "is_complete is computed as boolean, not integer",
        ),
    ],
)
def test_whole_and_members_are_keyed_by_what_they_are(old: str, new: str, fault: str) -> None:
    text = shipped("family_tree")
    assert text.count(old) == 1
    assert [found.split(": ", 1)[1] for found in faults(text.replace(old, new))] == [fault]


def test_delivery_lacks_no_fact() -> None:
    text = shipped("family_tree").replace("  self_link: links.self\n", "  self_lnk: links.self\n")
    assert [fault.split(": ", 1)[1] for fault in faults(text)] == [
        "fact 'self_link' is missing",
        "unknown fact 'self_lnk'; did you mean 'self_link'?",
    ]


@pytest.mark.parametrize("fact", ["page_number", "page_size", "members_count"])
def test_delivery_counts_are_integers(fact: str) -> None:
    """A count read as text would stop the run when it is compared with a number."""
    lines = shipped("family_tree").splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith(f"  {fact}:"))
    lines[place] = lines[place].replace(", type: integer", "")
    assert faults("\n".join(lines)) != []


@pytest.mark.parametrize("bomb", ["[" * 100_000, "{a: " * 100_000, "- " * 60 + "a"])
def test_nesting_bomb_is_a_fault(bomb: str) -> None:
    assert faults(f"contract:\n  {bomb}") == [
        "x.yaml:2: lists and mappings are nested more than 50 deep"
    ]
