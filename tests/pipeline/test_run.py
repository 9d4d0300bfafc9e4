from conftest import Project
from documents import organization, response


def test_run_publishes_a_dropped_document(project: Project) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    report = project.run()
    assert report.status == "ok"
    assert project.sql("SELECT duns, primary_name FROM dw_company_data") == [
        {"duns": "100000001", "primary_name": "Alpine Cocoa AG"}
    ]
