"""What drift finds in documents: paths that are new, missing or of another type."""

from dataclasses import replace

from conftest import Json, Project
from documents import member, organization, response, tree_page
from drifts import changed, drift_of, drop_lines, files, measured, unnamed, vanished

from firmograph.contract.load import parse_contract
from firmograph.drift.findings import Documents, SourcePaths, Unnamed
from firmograph.drift.measure import measure_drift
from firmograph.drift.paths import DEPTH_LIMIT
from firmograph.queries.reader import open_reader

TINY = """\
contract: data_blocks
record_at: [organization, rawDnbData.organization, $]
entity: duns
source_time: ^.transactionDetail.transactionTimestamp
tables:
  dw_company_data:
    key: [duns]
    columns:
      duns: {path: duns, type: duns}
      EXTRA
  dw_corporate_linkage: {key: [duns], columns: {duns: {path: duns, type: duns}}}
  dw_industry_code:
    key: [duns]
    each: codes
    columns: {duns: {path: $.duns, type: duns}, code: code}
  dw_stock_exchanges: {key: [duns], each: stocks, columns: {duns: {path: $.duns, type: duns}}}
"""
"""A contract of few paths: duns, codes[].code, stocks, ^.transactionDetail.transactionTimestamp."""
FACTS: Json = {"duns": "100000001"}


def with_tiny(project: Project, column: str = "name: name") -> Project:
    """A project under the tiny contract and one column more."""
    text = TINY.replace("EXTRA", column)
    project.contracts["data_blocks"] = parse_contract(text, "tiny.yaml")
    return project


# New paths


def test_unnamed_path_is_told_with_documents_share_and_example(project: Project) -> None:
    plain = response(organization())
    drift = drift_of(
        project,
        plain,
        response(organization(newKey="seen")),
        response(organization(newKey="again")),
    )
    assert Unnamed("newKey", 2, 2 / 3, "seen") in drift.unnamed
    assert unnamed(drift) == {
        "newKey": (2, "seen"),
        "^.transactionDetail.transactionID": (3, "t"),
    }


def test_unnamed_paths_come_most_frequent_first_then_by_path(project: Project) -> None:
    records = [{**FACTS, "rare": 1}, {**FACTS, "b": 1, "a": 1}, {**FACTS, "b": 2, "a": 2}]
    drift = drift_of(with_tiny(project), *records)
    assert [row.path for row in drift.unnamed] == ["a", "b", "rare"]


def test_unnamed_path_counts_a_document_once_whatever_its_places(project: Project) -> None:
    listed = [{"deep": [[1], [2]]}, {"deep": [[3]]}, {"other": None}]
    drift = drift_of(with_tiny(project), {**FACTS, "new": listed})
    assert unnamed(drift) == {"new[].deep[][]": (1, "1"), "new[].other": (1, None)}


def test_unnamed_path_below_a_mapped_list_is_told(project: Project) -> None:
    record = organization()
    record["industryCodes"] *= 3
    record["industryCodes"][1] = {**record["industryCodes"][1], "weight": 0.50}
    assert unnamed(drift_of(project, record)) == {"industryCodes[].weight": (1, "0.5")}


def test_unnamed_path_that_is_always_empty_is_told_without_example(project: Project) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "a": {}, "b": [], "c": None, "d": ""})
    assert unnamed(drift) == dict.fromkeys("abcd", (1, None))


def test_unnamed_path_empty_here_and_filled_there_is_told_where_it_is_filled(
    project: Project,
) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "a": {}}, {**FACTS, "a": {"b": {"c": False}}})
    assert unnamed(drift) == {"a.b.c": (1, "false")}


def test_unnamed_path_with_a_plain_value_here_and_an_object_there_is_told_as_both(
    project: Project,
) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "a": "x"}, {**FACTS, "a": {"b": 1}})
    assert unnamed(drift) == {"a": (2, "x"), "a.b": (1, "1")}


def test_example_is_cut_at_200_characters(project: Project) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "long": "ä" * 201, "fits": "ä" * 200})
    assert unnamed(drift) == {"fits": (1, "ä" * 200), "long": (1, "ä" * 199 + "…")}


def test_number_is_shown_as_it_was_written(project: Project) -> None:
    line = '{"duns":"100000001","exact":4.5E11,"huge":' + "9" * 40 + "}"
    drift = drift_of(with_tiny(project), line)
    assert unnamed(drift) == {"exact": (1, "4.5E11"), "huge": (1, "9" * 40)}


# Keys and where they stand


def test_key_with_brackets_that_is_named_counts_as_named(project: Project) -> None:
    page = tree_page("100000001", [member("100000001")])
    drift = drift_of(project, page, kind="family_tree")
    assert unnamed(drift) == {
        "inquiryDetail.duns": (1, "100000001"),
        "links.first": (1, page["links"]["first"]),
    }
    assert (
        not {"inquiryDetail.'page[size]'", "inquiryDetail.'page[number]'"} & vanished(drift).keys()
    )


def test_key_with_brackets_or_dots_is_quoted_and_never_taken_for_a_list(project: Project) -> None:
    drift = drift_of(
        with_tiny(project), {**FACTS, "[]": 1, "a.b": 2, "codes[]": {"code": 3}, "": 4}
    )
    assert unnamed(drift) == {
        "'[]'": (1, "1"),
        "'a.b'": (1, "2"),
        "'codes[]'.code": (1, "3"),
        "''": (1, "4"),
    }


def test_bare_enveloped_and_gateway_forms_fold_together(project: Project) -> None:
    record = organization(new={"key": 1})
    enveloped = response(record, "2026-03-01T10:00:00.000Z", "companyinfo_L2_v1")
    gateway = {"duns": "100000001", "customerId": "of the gateway", "rawDnbData": enveloped}
    bare = {**record, **{k: v for k, v in enveloped.items() if k != "organization"}}
    drift = drift_of(project, record, enveloped, gateway, bare)
    assert drift.documents.read == 4
    assert unnamed(drift) == {
        "new.key": (4, "1"),
        "^.transactionDetail.transactionID": (3, "t"),
        "^.blockStatus[].reason": (3, None),
    }


def test_path_named_both_in_the_record_and_beside_it_is_found_in_a_bare_document(
    project: Project,
) -> None:
    column = "time: transactionDetail.inLanguage"
    detail = {"transactionTimestamp": "2026-03-01T10:00:00Z", "inLanguage": "en", "new": 1}
    drift = drift_of(with_tiny(project, column), {**FACTS, "transactionDetail": detail})
    assert unnamed(drift) == {"transactionDetail.new": (1, "1")}
    assert vanished(drift).keys() == {"codes", "codes[].code", "stocks"}


def test_path_picked_by_code_counts_for_the_whole_list(project: Project) -> None:
    employees = [{"informationScopeDnBCode": 9066, "value": 3, "unit": "heads"}]
    revenue = [{"yearlyRevenue": [{"currency": "CHF", "value": 1.5}], "informationScopeDnBCode": 1}]
    record = organization(numberOfEmployees=employees, financials=revenue)
    drift = drift_of(project, record)
    assert unnamed(drift) == {"numberOfEmployees[].unit": (1, "heads")}
    gone = vanished(drift)
    assert not [p for p in gone if p.startswith(("numberOfEmployees", "financials"))]


# Vanished paths


def test_vanished_paths_are_exactly_those_in_no_document(project: Project) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "stocks": []}, {**FACTS, "codes": [{}]})
    assert [(row.path, row.named_by) for row in drift.vanished] == [
        ("^.transactionDetail.transactionTimestamp", ["source_time"]),
        ("codes[].code", ["dw_industry_code.code"]),
        ("name", ["dw_company_data.name"]),
    ]


def test_vanished_path_names_everything_that_names_it(project: Project) -> None:
    drift = drift_of(project, {"primaryName": "no duns"})
    (row,) = [row for row in drift.vanished if row.path == "duns"]
    assert row.named_by == [
        "entity",
        "dw_company_data.duns",
        "dw_corporate_linkage.duns",
        "dw_industry_code.duns",
        "dw_stock_exchanges.duns",
    ]
    (row,) = [row for row in drift.vanished if row.path == "industryCodes"]
    assert row.named_by == ["dw_industry_code.covered_by", "dw_industry_code.each"]


def test_path_that_stands_there_as_null_has_not_vanished(project: Project) -> None:
    assert "name" not in vanished(drift_of(with_tiny(project), {**FACTS, "name": None}))


def test_vanished_path_says_whether_its_columns_have_another_place_that_was_seen(
    project: Project,
) -> None:
    column = "name: a.name | list[code=1].name"
    named = {"name": "x"}
    listed = {**FACTS, "codes": [{"code": "1"}], "stocks": [], "list": [named]}
    time = "^.transactionDetail.transactionTimestamp"
    drift = drift_of(with_tiny(project, column), listed)
    # the list holds names, but no code to pick them by
    assert vanished(drift) == {time: False, "a.name": False, "list[].code": False}
    named["code"] = "2"
    drift = drift_of(with_tiny(Project(project.root / "other"), column), listed)
    assert vanished(drift)["a.name"] is True


def test_nothing_has_vanished_where_nothing_was_read(project: Project) -> None:
    drop_lines(project, [response(organization())])
    assert measured(project).vanished
    trees = measured(project, "family_tree")
    assert trees.documents == Documents(0, 0, 0, 0, 0)
    assert (trees.unnamed, trees.vanished, trees.changed) == ([], [], [])
    assert trees.source_paths == SourcePaths(0, 0, None)


# Changed types


def test_changed_type_is_told_with_count_and_example(project: Project) -> None:
    records = [{**FACTS, "name": 17}, {**FACTS, "name": 18}, {**FACTS, "name": True}, FACTS]
    drift = drift_of(with_tiny(project), *records, {**FACTS, "name": "as it should be"})
    assert changed(drift) == {
        ("name", "number"): (["string"], 2, "17"),
        ("name", "boolean"): (["string"], 1, "true"),
    }
    assert [(row.found, row.named_by) for row in drift.changed] == [
        ("number", ["dw_company_data.name"]),
        ("boolean", ["dw_company_data.name"]),
    ]


def test_changed_types_are_those_the_column_type_does_not_allow(project: Project) -> None:
    allowed = {
        "text": "string",
        "duns": "string",
        "integer": "number",
        "double": "number",
        "boolean": "boolean",
        "timestamp": "string",
        "partial_date": "string",
    }
    columns = [f"x_{kind}: {{path: x.{kind}, type: {kind}}}" for kind in allowed]
    values = {"string": "1", "number": 0, "boolean": True, "object": {"a": "1"}, "array": ["1"]}
    documents = [
        {**FACTS, "x": dict.fromkeys(allowed, value)}
        for value in (*values.values(), None, "", {}, [])
    ]
    drift = drift_of(with_tiny(project, "\n      ".join(columns)), *documents)
    assert {(row.path, row.found): row.allowed for row in drift.changed} == {
        (f"x.{kind}", found): [fits]
        for kind, fits in allowed.items()
        for found in values
        if found != fits
    }
    assert {row.count for row in drift.changed} == {1}


def test_type_present_allows_anything(project: Project) -> None:
    tiny = with_tiny(project, "x: {path: x, type: present}")
    drop = [{**FACTS, "x": value} for value in ("1", 0, True, {"a": "1"}, ["1"])]
    assert changed(drift_of(tiny, *drop)) == {}


def test_changed_shape_on_the_way_to_a_column_is_told(project: Project) -> None:
    record = organization(primaryIndustryCode=[{"usSicV4": "2066"}])
    record["primaryAddress"]["addressRegion"] = "Bern"
    drift = drift_of(project, record)
    assert changed(drift) == {
        ("primaryAddress.addressRegion", "string"): (["object"], 1, "Bern"),
        ("primaryIndustryCode", "array"): (["object"], 1, '[{"usSicV4": "2066"}]'),
    }
    assert unnamed(drift) == {"primaryIndustryCode[].usSicV4": (1, "2066")}


def test_single_object_in_place_of_a_list_is_its_one_element(project: Project) -> None:
    record = organization(numberOfEmployees={"value": 4, "informationScopeDnBCode": 9067})
    record["industryCodes"] = record["industryCodes"][0]
    drift = drift_of(project, record)
    assert {(path, found) for path, found in changed(drift)} == {
        ("numberOfEmployees", "object"),
        ("industryCodes", "object"),
    }
    assert unnamed(drift) == {}
    assert not [p for p in vanished(drift) if p.startswith(("numberOf", "industryCodes[].c"))]


def test_object_named_as_itself_and_as_a_list_is_found_as_either(project: Project) -> None:
    tiny = with_tiny(project, "x: a.b | a[].c")
    drift = drift_of(
        tiny, {**FACTS, "a": {"b": "1", "c": "2", "d": "3"}}, {**FACTS, "a": [{"c": "4"}]}
    )
    assert unnamed(drift) == {"a[].d": (1, "3")}
    assert not {"a.b", "a[].c"} & vanished(drift).keys()
    assert changed(drift) == {}


def test_element_that_is_no_object_is_a_changed_type(project: Project) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "codes": ["311351", None, {"code": "1"}]})
    assert changed(drift) == {("codes[]", "string"): (["object"], 1, "311351")}


def test_code_to_pick_by_may_be_text_or_number_alone(project: Project) -> None:
    codes = [9067, "9067", True, {"dnbCode": 9067}]
    employees = [{"value": 1, "informationScopeDnBCode": code} for code in codes]
    drift = drift_of(project, organization(numberOfEmployees=employees))
    path = "numberOfEmployees[].informationScopeDnBCode"
    assert {key for key in changed(drift) if key[0] == path} == {
        (path, "boolean"),
        (path, "object"),
    }
    assert changed(drift)[path, "boolean"][0] == ["number", "string"]


# The share of paths mapped


def test_share_of_mapped_paths_is_exact(project: Project) -> None:
    document = {
        "transactionDetail": {"transactionTimestamp": "2026-03-01T10:00:00Z", "transactionID": "t"},
        "organization": {
            "duns": "100000001",
            "name": "x",
            "codes": [{"code": "1", "weight": 1}, {"code": "2", "text": "b"}],
            "stocks": [],
            "address": {"line1": "a", "line2": None},
        },
    }
    drift = drift_of(with_tiny(project), document)
    # mapped: duns, name, codes[].code, stocks, ^.transactionDetail.transactionTimestamp
    # not: ^….transactionID, codes[].weight, codes[].text, address.line1, address.line2
    assert drift.source_paths == SourcePaths(seen=10, mapped=5, share=0.5)
    assert len(drift.unnamed) == 5


def test_share_of_mapped_paths_of_a_tree_counts_each_path_once(project: Project) -> None:
    page = tree_page("100000001", [member("100000001"), member("100000002", "100000001", 2)])
    drift = drift_of(project, page, kind="family_tree")
    # transactionDetail 3, page[…] 2, duns of the tree, 2 counts, links.self and .last; of members
    # duns, name, level, roles, parent; not named are inquiryDetail.duns and links.first
    assert drift.source_paths == SourcePaths(seen=17, mapped=15, share=15 / 17)
    assert unnamed(drift).keys() == {"inquiryDetail.duns", "links.first"}


# Which documents are read


def test_documents_without_a_record_are_skipped_and_counted(project: Project) -> None:
    lines = [FACTS, {"organization": []}, {"rawDnbData": {"organization": None}}]
    broken = [b'{"n":', b"17", b'"x"', b"[1]", b'{"a":"\xff"}', b'{"a":NaN}']
    bomb = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    drop_lines(project, [*lines, *broken, bomb])
    drift = measured(project)
    assert drift.documents == Documents(
        stored=8, sampled=8, read=1, not_objects=5, without_record=2
    )
    assert unnamed(drift) == {}


def test_refused_documents_are_read_as_well(project: Project) -> None:
    drop_lines(project, [{"primaryName": "no duns", "new": 1}])
    assert unnamed(measured(project)) == {"new": (1, "1")}


def test_sample_reads_as_many_documents_and_full_reads_all(project: Project) -> None:
    drop_lines(project, [{**FACTS, f"key{n}": n} for n in range(50)])
    full = measured(project)
    assert full.documents == Documents(50, 50, 50, 0, 0)
    assert len([p for p in unnamed(full) if p.startswith("key")]) == 50
    sample = measured(project, sample=20)
    assert sample.documents == Documents(50, 20, 20, 0, 0)
    assert all(row.share == 1 / 20 for row in sample.unnamed)
    assert len(sample.unnamed) == 20
    assert measured(project, sample=50) == measured(project, sample=1_000) == full


def test_sample_is_the_same_for_a_seed_and_spread_over_all_documents(project: Project) -> None:
    for part in range(4):
        lines = [{**FACTS, f"key{part * 250 + n}": 1} for n in range(250)]
        project.drop(f"part{part}_data_blocks_20260301.json", lines)
        project.run()

    def chosen(seed: int) -> set[int]:
        return {int(path[3:]) for path in unnamed(measured(project, sample=100, seed=seed))}

    first = chosen(1)
    assert len(first) == 100
    assert first == chosen(1)
    assert first != chosen(2)
    for part in range(4):
        assert 10 <= len([n for n in first if n // 250 == part]) <= 40


def test_documents_after_the_snapshot_are_not_read(project: Project) -> None:
    drop_lines(project, [{**FACTS, f"key{n}": n} for n in range(5)])
    with open_reader(project.storages.lake, project.contracts) as reader:
        earlier = replace(reader, snapshot=replace(reader.snapshot, ingest_seq=2))
        contract = project.contracts["data_blocks"]
        full, sample = (measure_drift(earlier, contract, size) for size in (None, 1))
    assert full.documents == Documents(2, 2, 2, 0, 0)
    assert unnamed(full).keys() == {"key0", "key1"}
    assert sample.documents.sampled == sample.documents.read == 1


def test_reading_writes_nothing(project: Project) -> None:
    drop_lines(project, [response(organization(new=n)) for n in range(3)])
    before = files(project)
    measured(project)
    measured(project, sample=2)
    assert files(project) == before


# Bounds


def test_paths_beyond_the_limit_are_counted_and_left_out(project: Project) -> None:
    by_duns = {f"{n:09}": {"rating": n} for n in range(100)}
    document = {**FACTS, "ratings": by_duns, "name": "named"}
    drift = drift_of(with_tiny(project), document, path_limit=10)
    assert len(drift.unnamed) <= 10
    assert drift.left_out >= 90
    assert "name" not in vanished(drift)


def test_deep_documents_are_followed_so_far(project: Project) -> None:
    line = '{"duns":"100000001","x":' + '{"x":' * 400 + "1" + "}" * 401
    drift = drift_of(with_tiny(project), line)
    assert drift.documents.read == 1
    assert drift.left_out == 1
    assert [row.path.count("x") for row in drift.unnamed] == [DEPTH_LIMIT]


def test_long_key_is_cut_and_counted(project: Project) -> None:
    drift = drift_of(with_tiny(project), {**FACTS, "k" * 5_000: 1}, {**FACTS, "k" * 6_000: 2})
    assert unnamed(drift) == {f"'{'k' * 199}…'": (2, "1")}
