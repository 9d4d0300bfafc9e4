"""The browser pages of a lake in a bucket are those of a folder."""

from pathlib import Path

import pytest
from browsing import SAME, browsing, text_of
from documents import member, organization, response, tree_page
from servers import STORES, Bucket

from objects.bucket_project import BucketProject

pytestmark = [
    pytest.mark.objects,
    pytest.mark.parametrize("bucket", STORES[:1], indirect=True),
]
PAGES = (
    "/",
    "/companies?q=alpine",
    "/company/100000001",
    "/family/100000001",
    "/quarantine",
    "/runs",
    "/tables",
    "/tables/dw_company_data",
    "/sql?q=SELECT+primary_name+FROM+dw_company_data",
    "/drift?measure=1",
    "/dashboards",
    "/dictionary",
)


def test_pages_show_a_lake_in_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    project = BucketProject(tmp_path, bucket.url)
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.drop("b_data_blocks_20260301.json", response(organization("7", "Too short")))
    members = [member("100000001"), member("100000002", "100000001", 2)]
    project.drop("t_family_tree_20260301.json", tree_page("100000001", members))
    project.run()
    with browsing(tmp_path, settings=project.settings, allows_changes=True) as client:
        shown = {path: client.get(path) for path in PAGES}
        assert {path: found.status_code for path, found in shown.items()} == dict.fromkeys(
            PAGES, 200
        )
        assert "1 company" in text_of(shown["/companies?q=alpine"].text)
        assert "Alpine Cocoa AG" in text_of(shown["/company/100000001"].text)
        assert "2 of 2 expected" in text_of(shown["/family/100000001"].text)
        assert "Alpine Cocoa AG" in text_of(shown[PAGES[8]].text)
        (case,) = client.get("/quarantine.json").json()["cases"]
        form = {"action": "discard", "id": [case["document_id"]], "why": "a test"}
        done = text_of(client.post("/quarantine", data=form, headers=SAME).text)
    assert "Done." in done
    assert "Nothing is refused." in done
