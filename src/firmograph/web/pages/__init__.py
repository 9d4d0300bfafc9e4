"""The pages, each at its address."""

from dataclasses import dataclass
from importlib import import_module

from firmograph.web.view import Answer, View


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: its address.
        section: the entry of the navigation that it belongs to; the first page of a section is
            what the entry leads to.
        handler: the module of this package and the function that answer a request; imported when
            the first one comes, so that the server starts quickly.
        has_csv: whether it is also there as CSV.
        takes_changes: whether a form may be sent to it.
    """

    path: str
    section: str
    handler: str
    has_csv: bool = True
    takes_changes: bool = False

    def handle(self, view: View) -> Answer:
        """Answers a request."""
        module, _, name = self.handler.partition(".")
        answer: Answer = getattr(import_module(f"{__name__}.{module}"), name)(view)
        return answer

    @property
    def named_path(self) -> str:
        """The address to which the ending of a format is appended."""
        return "/overview" if self.path == "/" else self.path


PAGES = (
    Page("/", "Overview", "overview.overview", has_csv=False),
    Page("/companies", "Companies", "companies.companies"),
    Page("/company/{duns}", "Companies", "company.company"),
    Page("/company/{duns}/document/{number}", "Companies", "company.document", has_csv=False),
    Page("/family/{duns}", "Companies", "family.family"),
    Page("/family/{duns}/children", "Companies", "family.children", has_csv=False),
    Page("/family/{duns}/icicle", "Companies", "family.icicle", has_csv=False),
    Page("/family/{duns}/names", "Companies", "family.names", has_csv=False),
    Page("/quarantine", "Quarantine", "quarantine.quarantine", takes_changes=True),
    Page("/quarantine/{document_id}", "Quarantine", "refusal.refusal", takes_changes=True),
    Page("/runs", "Runs", "runs.runs"),
    Page("/runs/{run_id}", "Runs", "runs.run"),
    Page("/tables", "Tables", "tables.tables"),
    Page("/tables/{name}", "Tables", "tables.table"),
    Page("/sql", "SQL", "sql.sql"),
    Page("/drift", "Drift", "drift.drift"),
    Page("/dashboards", "Dashboards", "dashboards.dashboards"),
    Page("/dictionary", "Dictionary", "dictionary.dictionary"),
)
SECTIONS = {
    section: next(page.path for page in PAGES if page.section == section)
    for section in dict.fromkeys(page.section for page in PAGES)
}
"""The address of each entry of the navigation."""
