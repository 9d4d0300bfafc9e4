"""The summary of a run: its totals, the tables, and what needs attention."""

from firmograph.cli.render import counted, echo, echo_table
from firmograph.control.snapshots import WaitingTree
from firmograph.pipeline.report import FILE_STATUSES, Report
from firmograph.queries.text import clean

_STATUS = {
    "ok": "all well",
    "refused": "finished, with something refused or unreadable",
    "unknown": "finished, with unknown files left in the upload folder",
    "inaccessible": "finished, with files left in the upload folder that cannot be read",
    "failed": "failed",
}


def echo_summary(report: Report, *, is_plan: bool = False) -> None:
    """Prints what a run did, or would do."""
    totals = report.totals
    if is_plan:
        echo("plan: what would be done now; nothing was written")
    else:
        status = report.status
        if status == "refused" and not report.is_refused:
            status = "inaccessible" if report.inaccessible_count else "unknown"
        echo(f"run {report.run_id}: {_STATUS[status]} ({report.duration_seconds:.2f} s)")
    echo()
    echo(
        f"files      {_sum(totals.files_seen, 'seen', {n: totals.files[n] for n in FILE_STATUSES})}"
    )
    d = totals.documents
    came = d.received + d.waiting_before + d.retried
    word = "received"
    if d.waiting_before or d.retried:
        word = f"({d.received} received + {d.waiting_before} waiting + {d.retried} retried)"
    went = {
        "published": d.published,
        "unchanged": d.unchanged,
        "superseded": d.superseded,
        "quarantined": d.quarantined,
        "waiting": d.waiting,
    }
    echo(f"documents  {_sum(came, word, went)}")
    e = totals.elements
    kept = {"rows": e.rows, "collapsed": e.collapsed, "rejected": e.rejected}
    echo(f"elements   {_sum(e.elements, 'in lists', kept)}")
    echo()
    names = ("inserted", "updated", "deleted", "rows")
    echo_table(
        [{"table": n, **{k: getattr(c, k) for k in names}} for n, c in report.tables.items()],
        ("table", *names),
    )
    if not any(change.any for change in report.tables.values()):
        echo("Nothing changed: no table was written.")
    if report.finding_count:
        warnings = counted(report.finding_count, "warning")
        echo(f'{warnings}: `firmograph sql "SELECT * FROM tb_data_quality"` shows them.')
    echo_waiting(report.waiting_trees)
    echo_withdrawn(report.withdrawn_count)
    for note in report.notes:
        echo(clean(note))
    if report.is_refused and not is_plan:
        echo("Refused: `firmograph quarantine list` shows what and why.")


def echo_withdrawn(count: int) -> None:
    """Tells how many documents are withdrawn, and how they return."""
    if count:
        verb = "is" if count == 1 else "are"
        echo(
            f"{counted(count, 'document')} {verb} withdrawn: `firmograph reinstate` publishes "
            "again what a rollback withdrew, `firmograph reinstate ID` one document."
        )


def echo_waiting(trees: dict[str, WaitingTree]) -> None:
    """Says what trees lack; those of further document types are named ``type:DUNS``."""
    for key, tree in sorted(trees.items()):
        kind, _, duns = key.rpartition(":")
        what = "published incomplete"
        if tree.documents:
            what = f"{counted(len(tree.documents), 'document')} waiting"
        name = f"{kind or 'family tree'} {duns}".replace("_", " ").capitalize()
        echo(f"{clean(name)} {tree.shortage}: {what}.")


def _sum(total: int, word: str, parts: dict[str, int]) -> str:
    shown = " + ".join(f"{count} {name}" for name, count in parts.items())
    return f"{total} {word} = {shown}"
