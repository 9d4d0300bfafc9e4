"""Document types that a project declares itself, and documents of them, all made up."""

from pathlib import Path

from conftest import Json, Project

from firmograph.contract.registry import load_contracts

RISK = """\
contract: risk_scores
file_token: risk
record_at: [assessment, $]
entity: subject.duns
source_time: ^.issued
tables:
  dw_risk:
    key: [duns]
    columns:
      duns: {path: subject.duns, type: duns, rule: mandatory}
      score: {path: score, type: integer, rule: mandatory}
      outlook: {path: outlook, rule: expected}
  dw_risk_factor:
    key: [duns, name]
    each: factors
    parent: dw_risk
    columns:
      duns: {path: $.subject.duns, type: duns}
      name: name
      weight: {path: weight, type: double}
"""

GROUP = """\
contract: voting_group
file_token: votes
assembly: pages
record_at: [$]
entity: head
source_time: ^.at
delivery:
  exclusion: without
  page_number: {path: page, type: integer}
  page_size: {path: size, type: integer}
  self_link: links.self
  last_link: links.last
  members_count: {path: total, type: integer}
  members_count_without_branches: {path: totalWithout, type: integer}
tables:
  dw_voting_group:
    key: [head]
    columns:
      head: {path: head, type: duns, rule: mandatory}
      members_received: {computed: true, type: integer}
      is_complete: {computed: true, type: boolean}
  dw_vote:
    key: [head, holder]
    each: holders
    parent: dw_voting_group
    columns:
      head: {path: $.head, type: duns}
      holder: holder
      share: {path: share, type: double}
  dw_meeting:
    key: [head, day]
    each: meetings
    parent: dw_voting_group
    columns:
      head: {path: $.head, type: duns}
      day: {path: day, type: partial_date}
"""


def declare(project: Project, **texts: str) -> None:
    """Writes contracts into the project's folder and loads them, as `Project` does."""
    folder = project.root / "contracts"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    project.contracts = load_contracts(folder)


def withdraw(project: Project, name: str) -> str:
    """Takes a contract out of the folder; returns its text."""
    path: Path = project.root / "contracts" / f"{name}.yaml"
    text = path.read_text()
    path.unlink()
    project.contracts = load_contracts(path.parent)
    return text


def assessment(duns: str, score: object, *factors: Json, at: str = "2026-03-01") -> Json:
    """A made-up risk assessment."""
    subject = {"subject": {"duns": duns}, "score": score, "outlook": "stable"}
    return {"issued": at, "assessment": {**subject, "factors": list(factors)}}


def votes(
    head: str,
    holders: list[tuple[str, float]],
    *,
    page: int = 1,
    of: int = 1,
    days: tuple[str, ...] = (),
) -> Json:
    """A page of a made-up voting group."""
    return {
        "at": f"2026-03-01T10:0{page}:00Z",
        "head": head,
        "page": page,
        "size": 2,
        "holders": [{"holder": holder, "share": share} for holder, share in holders],
        "meetings": [{"day": day} for day in days],
        "links": {"last": f"https://votes.example/{head}?page%5Bnumber%5D={of}"},
    }
