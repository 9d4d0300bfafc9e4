"""The pages, each at its address."""

from collections.abc import Callable
from dataclasses import dataclass

from firmograph.web.pages.companies import companies
from firmograph.web.pages.company import company, document
from firmograph.web.pages.dashboards import dashboards
from firmograph.web.pages.dictionary import dictionary
from firmograph.web.pages.drift import drift
from firmograph.web.pages.family import children, family, icicle, names
from firmograph.web.pages.overview import overview
from firmograph.web.pages.quarantine import quarantine
from firmograph.web.pages.refusal import refusal
from firmograph.web.pages.runs import run, runs
from firmograph.web.pages.sql import sql
from firmograph.web.pages.tables import table, tables
from firmograph.web.view import Answer, View


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: its address.
        section: the entry of the navigation that it belongs to; the first page of a section is
            what the entry leads to.
        handle: answers a request for it.
        has_csv: whether it is also there as CSV.
        takes_changes: whether a form may be sent to it.
    """

    path: str
    section: str
    handle: Callable[[View], Answer]
    has_csv: bool = True
    has_json: bool = True
    takes_changes: bool = False

    @property
    def named_path(self) -> str:
        """The address to which the ending of a format is appended."""
        return "/overview" if self.path == "/" else self.path


PAGES = (
    Page("/", "Overview", overview, has_csv=False),
    Page("/companies", "Companies", companies),
    Page("/company/{duns}", "Companies", company),
    Page("/company/{duns}/document/{seq:int}", "Companies", document, has_csv=False),
    Page("/family/{duns}", "Companies", family),
    Page("/family/{duns}/children", "Companies", children, has_csv=False),
    Page("/family/{duns}/icicle", "Companies", icicle, has_csv=False),
    Page("/family/{duns}/names", "Companies", names, has_csv=False),
    Page("/quarantine", "Quarantine", quarantine, takes_changes=True),
    Page("/quarantine/{document_id}", "Quarantine", refusal, takes_changes=True),
    Page("/runs", "Runs", runs),
    Page("/runs/{run_id}", "Runs", run),
    Page("/tables", "Tables", tables),
    Page("/tables/{name}", "Tables", table),
    Page("/sql", "SQL", sql),
    Page("/drift", "Drift", drift),
    Page("/dashboards", "Dashboards", dashboards),
    Page("/dictionary", "Dictionary", dictionary),
)
SECTIONS = {
    section: next(page.path for page in PAGES if page.section == section)
    for section in dict.fromkeys(page.section for page in PAGES)
}
"""The address of each entry of the navigation."""
