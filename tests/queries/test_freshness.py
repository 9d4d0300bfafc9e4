"""How many entities of each type are published, and how recent they are."""

from datetime import UTC, datetime

from conftest import Project as Fresh
from documents import member, organization, response, tree_page

from firmograph.project import Project
from firmograph.queries.answers import Freshness


def test_entities_are_counted_once_whatever_documents_speak_for_them(project: Fresh) -> None:
    whole = response(organization("100000001"), "2026-03-01T10:00:00Z", "companyinfo_L2_v1")
    thin = {"duns": "100000001", "primaryName": "Alpine Cocoa AG"}
    project.drop("a_data_blocks_20260301.json", whole)
    project.drop("b_data_blocks_20260302.json", response(thin, "2026-03-02T10:00:00Z"))
    project.drop("c_data_blocks_20260303.json", response({**thin, "duns": "100000002"}))
    members = [member("100000001"), member("100000002", "100000001", 2)]
    project.drop("t_family_tree_20260301.json", tree_page("100000001", members))
    project.run()
    with Project(project.root).open() as reader:
        found = reader.status().freshness
    assert found == [
        Freshness("data_blocks", 2, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        Freshness("family_tree", 1, datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ]
