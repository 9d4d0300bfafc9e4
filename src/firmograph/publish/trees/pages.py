"""The pages of trees: those staged by this run, and those of earlier runs."""

from collections.abc import Sequence

from firmograph.contract.model import Contract
from firmograph.engine.base import Engine
from firmograph.publish.refresh import SET_ASIDE
from firmograph.publish.trees.deliveries import Page
from firmograph.publish.trees.relations import FRESH_PAGES, KEPT_PAGES, PAGES
from firmograph.staging.schema import PAGES as STAGED_PAGES
from firmograph.staging.schema import documents_of


def pages_of_trees(
    engine: Engine, contract: Contract, *, is_only_type: bool, full_refresh: bool
) -> dict[str, list[Page]]:
    """Finds all pages of each tree of which a page was staged.

    Args:
        engine: holds the staged pages; `FRESH_PAGES` is created from the accepted ones.
        contract: of the document type.
        is_only_type: whether no other document type comes in pages.
        full_refresh: whether to ignore pages of earlier runs.

    Returns:
        The pages by global DUNS.
    """
    engine.create_temp(FRESH_PAGES, _accepted([contract]))
    names = ", ".join(FRESH_PAGES.schema.names)
    sql, tables = f"SELECT {names} FROM {FRESH_PAGES}", []
    if not full_refresh:
        tables = [PAGES] if is_only_type else [PAGES, contract.ods_table]
        sql = f"{sql} UNION ALL {_of_earlier_runs(contract, names, is_only_type=is_only_type)}"
    trees: dict[str, list[Page]] = {}
    for row in engine.query(sql, tables).to_pylist():
        trees.setdefault(row["global_duns"], []).append(Page(**row))
    return trees


def keep_pages(engine: Engine, contracts: Sequence[Contract], *, full_refresh: bool) -> None:
    """Stores the facts of all staged pages, for later runs.

    Args:
        engine: holds the staged pages.
        contracts: of all document types that come in pages.
        full_refresh: whether they replace those of earlier runs.
    """
    if full_refresh:
        engine.replace_all(PAGES, _accepted(contracts))
        return
    new_pages = f"""
        SELECT p.*
        FROM ({_accepted(contracts)}) p
        ANTI JOIN {PAGES} k
            ON k.ingest_seq = p.ingest_seq
    """
    engine.insert_into(PAGES, new_pages, [PAGES])


def forget_pages(engine: Engine, contracts: Sequence[Contract]) -> None:
    """Deletes the stored facts of pages that are set aside, or staged again and refused now.

    Args:
        engine: holds the staged documents.
        contracts: of all document types that come in pages.
    """
    refused = " UNION ALL ".join(
        f"SELECT ingest_seq FROM {documents_of(contract)} WHERE NOT is_accepted"
        for contract in contracts
    )
    kept = f"""
        SELECT k.*
        FROM {PAGES} k
        ANTI JOIN {SET_ASIDE} s
          ON s.ingest_seq = k.ingest_seq
        ANTI JOIN ({refused}) r
          ON r.ingest_seq = k.ingest_seq
    """
    engine.create_temp(KEPT_PAGES, kept, [PAGES])
    engine.replace_all(PAGES, f"SELECT * FROM {KEPT_PAGES}")


def _accepted(contracts: Sequence[Contract]) -> str:
    """A query: the staged pages of some types' accepted documents."""
    documents = " UNION ALL ".join(
        f"""
        SELECT d.ingest_seq
        FROM {documents_of(contract)} d
        ANTI JOIN {SET_ASIDE} s
            ON s.ingest_seq = d.ingest_seq
        WHERE d.is_accepted
        """
        for contract in contracts
    )
    if not documents:
        documents = "SELECT CAST(NULL AS BIGINT) AS ingest_seq WHERE false"
    columns = ", ".join(f"p.{name}" for name in STAGED_PAGES.schema.names)
    return f"""
        SELECT {columns}
        FROM {STAGED_PAGES} p
        SEMI JOIN ({documents}) d
            ON d.ingest_seq = p.ingest_seq
    """


def _of_earlier_runs(contract: Contract, names: str, *, is_only_type: bool) -> str:
    """A query: the pages of earlier runs, of trees that also have a fresh page.

    The stored pages lack the document type; if several types have pages, it is found by the ODS
    table that holds the page.
    """
    of_type = f"""
        SELECT p.*
        FROM {PAGES} p
        SEMI JOIN {contract.ods_table} o
            ON o.ingest_seq = p.ingest_seq
    """
    return f"""
        SELECT {names}
        FROM {PAGES if is_only_type else f"({of_type})"} k
        SEMI JOIN {FRESH_PAGES} f
            ON f.global_duns = k.global_duns
        ANTI JOIN {FRESH_PAGES} g
            ON g.ingest_seq = k.ingest_seq
    """
