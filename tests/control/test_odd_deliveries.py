"""One run over odd files: sound documents are published, the others refused in their own terms."""

import dataclasses
import gzip
import json

from conftest import Json, Project
from documents import organization, response

from firmograph.verify.verify import verify

POISON = "1e1000000000000000000"


def company(number: int, **more: object) -> Json:
    return response(organization(f"{number:09}", f"Company {number}", **more))


def text(*documents: Json) -> str:
    return "".join(json.dumps(document) for document in documents)


def drop_all(project: Project) -> None:
    def drop(name: str, content: object, end: str = "json") -> None:
        project.drop(f"{name}_data_blocks_20260301.{end}", content)

    drop("packed", f"[{text(company(1))}]\n[{text(company(2))},{text(company(3))}]")
    drop("pretty", json.dumps(company(4), indent=2), "jsonl")
    drop("torn", text(company(5)) + '\n{"organization": {"duns":\n' + text(company(6)), "jsonl")
    drop("wide", text(company(7)).encode("utf-16"))
    drop("page", "<!DOCTYPE html><html><body>Sign in</body></html>")
    drop("pressed", gzip.compress(text(company(8)).encode(), mtime=0))
    drop("match", {"organization": organization("000000001"), "matchQualityInformation": {}})
    drop("gateway", {"code": "SVC-200", "message": "success", "outData": {"total": 1}})
    poisoned = company(9, numberOfEmployees=[{"value": 0, "informationScopeDnBCode": 9067}])
    drop("poison", text(poisoned).replace('"value": 0', f'"value": "{POISON}"'))
    bad = {"typeDnBCode": "x", "priority": 1, "code": "1"}
    drop("flood", company(10, industryCodes=[bad] * 20_000))
    first, second = text(organization("000000011")), text(organization("000000012"))
    drop("twice", f'{{"organization": {first}, "organization": {second}}}')


def test_odd_deliveries_are_published_or_refused_in_their_own_terms(project: Project) -> None:
    project.limits = dataclasses.replace(project.limits, memory_limit="256MB")
    drop_all(project)
    report = project.run()
    assert report.totals.files == {"ingested": 8, "unreadable": 3}
    published = project.sql("SELECT duns FROM dw_company_data ORDER BY duns")
    assert [int(row["duns"]) for row in published] == [1, 2, 3, 4, 5, 6, 9, 10, 12]
    refused = project.sql("""
        SELECT split_part(file_name, '_', 1) AS file, scope, any_value(rule) AS rule,
          count(*) AS n, any_value(reason ORDER BY json_path) AS reason
        FROM tb_quarantine_files GROUP BY ALL ORDER BY ALL
    """)
    told = {(row["file"], row["scope"]): (row["rule"], row["n"], row["reason"]) for row in refused}
    assert told["wide", "file"][:2] == ("encoding", 1)
    assert "this is UTF-16" in told["wide", "file"][2]
    assert told["page", "file"][:2] == told["pressed", "file"][:2] == ("format", 1)
    assert told["match", "document"][:2] == ("candidate", 1)
    assert told["torn", "document"][:2] == ("malformed", 1)
    assert "(line 2, column " in told["torn", "document"][2]
    assert told["gateway", "document"][0] == "mandatory"
    assert told["flood", "element"][:2] == ("type", 101)
    assert report.totals.elements.rejected >= 20_000
    assert verify(project.storages.lake, project.storages.processed).is_ok
    (found,) = project.sql("SELECT * FROM tb_data_quality WHERE rule = 'duplicate_key'")
    assert found["column_name"] == "organization"
