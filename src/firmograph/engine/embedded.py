"""The embedded engine: DuckDB queries; Parquet files and Delta commits of our own write."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError

from firmograph.engine.appender import EmbeddedAppender
from firmograph.engine.base import Changes, RunStamp
from firmograph.engine.files import DataFile, data_files, meeting
from firmograph.engine.parquet import RAW_COLUMN, FileWriter, commit
from firmograph.errors import LakeError
from firmograph.lake import PROPERTIES, Lake, dataset
from firmograph.tables import TIMESTAMP, TableSpec

FAULTS = (OSError, DeltaError, pa.ArrowException, duckdb.Error)
"""What the machine, its disk and the libraries raise where the lake cannot be worked on."""

SMALL_FILE_BYTES = 64 << 20
STREAM_ROWS = 65_536
RAW_STREAM_ROWS = 512


class EmbeddedEngine:
    """One process, one lake.

    Args:
        lake: where the tables live.
        stamp: written into each commit and each row that changes.
        memory_limit: what queries may hold in memory before they spill, as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads queries may use.
    """

    def __init__(
        self,
        lake: Lake,
        stamp: RunStamp,
        *,
        memory_limit: str | None = None,
        spill: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.lake = lake
        self.stamp = stamp
        config: dict[str, Any] = {"python_enable_replacements": False}
        if memory_limit:
            config["memory_limit"] = memory_limit
        if threads:
            config["threads"] = threads
        if spill:
            config["temp_directory"] = str(spill)
        self._duckdb = duckdb.connect(config=config)
        self._do("SET TimeZone='UTC'")
        self._staged: set[str] = set()
        columns = {"now_utc": pa.array([stamp.now], TIMESTAMP), "this_run": [stamp.run_id]}
        self.stage("run_stamp", pa.table(columns))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back memory and temporary files."""
        self._duckdb.close()

    # Tables

    def create(self, name: str) -> list[str]:
        """Creates a table, or adds the columns it lacks; returns the columns added."""
        spec = self.lake.specs[name]
        if not self.lake.exists(name):
            DeltaTable.create(str(self.lake.path(name)), spec.schema, configuration=PROPERTIES)
            self.lake.forget(name)
            return []
        table = self.lake.open(name)
        there = set(_names(table))
        missing = [field for field in spec.schema if field.name not in there]
        if missing:
            fields = Schema.from_arrow(pa.schema(missing)).fields
            table.alter.add_columns([Field(f.name, f.type, nullable=True) for f in fields])
        return [field.name for field in missing]

    def versions(self) -> dict[str, int]:
        """The version of each table that exists."""
        lake = self.lake
        return {name: lake.open(name).version() for name in lake.specs if lake.exists(name)}

    def restore(self, name: str, version: int) -> None:
        """Makes an older version the newest."""
        try:
            self.lake.open(name).restore(version)
        except (OSError, ValueError) as error:
            raise LakeError(
                f"table {name} cannot be restored to version {version}: {error}",
                hint="files of that version are gone; rebuild from ODS",
            ) from error
        self.lake.forget(name)

    def row_count(self, name: str) -> int:
        """How many rows a table holds."""
        counts = pa.table(self.lake.open(name).get_add_actions(flatten=True))["num_records"]
        return sum(counts.to_pylist())

    # Reads

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""
        self._duckdb.register("staging", rows)
        if name in self._staged:
            self._do(f"INSERT INTO {name} SELECT * FROM staging")
        else:
            self._do(f"CREATE TEMP TABLE {name} AS SELECT * FROM staging")
            self._staged.add(name)
        self._duckdb.unregister("staging")

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""
        self._do(f"DROP TABLE IF EXISTS {name}")
        self._staged.discard(name)

    def compute(self, sql: str, tables: Sequence[str] = ()) -> None:
        """Runs a statement on temporary tables, such as ``CREATE TEMP TABLE … AS``."""
        self._see(tables)
        self._do(sql)

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and the newest versions of tables of the lake."""
        self._see(tables)
        return self._duckdb.sql(sql).to_arrow_table()

    def _see(self, tables: Sequence[str]) -> None:
        for name in tables:
            self._seedata_files(name, name)

    def read_rows(
        self,
        name: str,
        columns: Sequence[str],
        spans: Sequence[tuple[int, int]],
        lake: Lake | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yields rows of a table whose `ingest_seq` lies in one of the spans, both ends in."""
        lake = lake or self.lake
        folder = lake.path(name)
        names = [*columns, "ingest_seq"] if "ingest_seq" not in columns else list(columns)
        ordered = sorted(spans)
        for file in data_files(lake.open(name), "ingest_seq"):
            if file.low is not None and not meeting(ordered, file.low, file.high):
                continue
            with pq.ParquetFile(folder / file.path) as parquet:
                for batch in parquet.iter_batches(RAW_STREAM_ROWS, columns=names):
                    seqs = batch.column(names.index("ingest_seq")).to_pylist()
                    met = meeting(ordered, min(seqs), max(seqs))
                    kept = [any(low <= seq <= high for low, high in met) for seq in seqs]
                    if any(kept):
                        yield batch.filter(pa.array(kept)).select(columns)

    # Writes

    def appender(self, name: str) -> EmbeddedAppender:
        """Begins a bulk append."""
        return EmbeddedAppender(self.lake, name, self.stamp.run_id)

    def append(self, name: str, rows: pa.Table) -> None:
        """Appends rows in one commit."""
        if rows.num_rows:
            appender = self.appender(name)
            appender.write(rows)
            appender.commit()

    def overwrite(self, name: str, query: str) -> Changes:
        """Makes a table hold what a query over the lake returns; writes nothing if it does."""
        spec = self.lake.specs[name]
        names = ", ".join(_quoted(column) for column in spec.schema.names)
        self._do(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT {names} FROM ({query}\n)")
        if pa.schema(self.lake.open(name).schema()) != spec.schema:
            self._empty(name)
        self._seedata_files("held_rows", name)
        held = f"(SELECT {names} FROM held_rows)"
        counts = self._one(
            "SELECT "
            f"(SELECT count(*) FROM (SELECT * FROM wanted EXCEPT ALL {held})) AS inserted, "
            f"(SELECT count(*) FROM ({held} EXCEPT ALL SELECT * FROM wanted)) AS deleted, "
            "(SELECT count(*) FROM wanted) AS row_count"
        )
        changes = Changes(counts["inserted"], 0, counts["deleted"], counts["row_count"])
        if changes.any:
            removed = [(file.path, file.size) for file in data_files(self.lake.open(name), None)]
            self._write(name, "SELECT * FROM wanted ORDER BY ALL", None, removed)
        return changes

    def reshape(self, name: str) -> bool:
        """Gives a table the columns it should have, and no rows, where it has others."""
        there = {f.name: f.type for f in pa.schema(self.lake.open(name).schema())}
        wanted = {f.name: f.type for f in self.lake.specs[name].schema}
        if there != wanted:
            self._empty(name)
        return there != wanted

    def _empty(self, name: str) -> None:
        schema = self.lake.specs[name].schema
        path = str(self.lake.path(name))
        DeltaTable.create(path, schema, mode="overwrite", configuration=PROPERTIES)
        self.lake.forget(name)

    def replace(self, name: str, rows: str, scope: str, by: Sequence[str]) -> Changes:
        """Makes the rows of some entities those of a query, and leaves all others alone."""
        spec = self.lake.specs[name]
        self._do(f"CREATE OR REPLACE TEMP TABLE scope AS {scope}")
        self._do(f"CREATE OR REPLACE TEMP TABLE new_rows AS {rows}")
        touched = self._read_old(spec, by)
        business = [n for n in spec.schema.names if n not in ("load_timestamp", "run_id")]
        self._compare(spec, business, by)
        counts = self._one(
            "SELECT count(*) FILTER (change = 'insert') AS inserted, "
            "count(*) FILTER (change = 'update') AS updated, "
            "count(*) FILTER (change = 'delete') AS deleted FROM difference"
        )
        changes = Changes(**counts)
        if changes.any:
            self._rewrite(spec, business, touched)
        changes.rows = self.row_count(name)
        return changes

    def vacuum(self, name: str, versions: Sequence[int]) -> int:
        """Deletes files that neither the newest nor the given versions need; how many."""
        removed = self.lake.open(name).vacuum(
            retention_hours=0,
            dry_run=False,
            enforce_retention_duration=False,
            keep_versions=list(versions) or None,
            full=True,
        )
        self.lake.forget(name)
        return len(removed)

    def compact(self, name: str) -> int:
        """Merges a table's small files; returns how many became fewer."""
        spec = self.lake.specs[name]
        ranged = spec.sorted_by[0] if spec.sorted_by else None
        files = data_files(self.lake.open(name), ranged)
        small = [file for file in files if file.size < SMALL_FILE_BYTES]
        if len(small) < 2:
            return 0
        self._seedata_files("small_files", name, small)
        order = ", ".join(f'"{c}"' for c in spec.sorted_by) or "ALL"
        removed = [(file.path, file.size) for file in small]
        self._write(name, f"SELECT * FROM small_files ORDER BY {order}", ranged, removed)
        return len(files) - len(data_files(self.lake.open(name), ranged))

    def _read_old(self, spec: TableSpec, by: Sequence[str]) -> list[DataFile]:
        """Reads the rows that may be replaced into ``old_rows``; returns the files they are in."""
        known = self._duckdb.sql(f"SELECT DISTINCT {by[0]} FROM scope WHERE is_known ORDER BY 1")
        entities = known.to_arrow_table().column(0).to_pylist()
        files = data_files(self.lake.open(spec.name), spec.sorted_by[0])
        touched = [file for file in files if file.holds(entities)]
        columns = ", ".join(f'o."{n}"' for n in spec.schema.names)
        match = " AND ".join(f'o."{c}" = s."{c}"' for c in by)
        self._duckdb.register("no_rows", spec.schema.empty_table())
        self._do("CREATE OR REPLACE TEMP TABLE old_rows AS SELECT *, 0 AS file_number FROM no_rows")
        for number, file in enumerate(touched):
            self._seedata_files("one_file", spec.name, [file])
            self._do(
                f"INSERT INTO old_rows SELECT {columns}, {number} AS file_number FROM one_file o "
                f"SEMI JOIN (SELECT * FROM scope WHERE is_known) s ON {match}"
            )
        return touched

    def _compare(self, spec: TableSpec, business: list[str], by: Sequence[str]) -> None:
        """Compares old rows with new ones by key, into ``difference`` and ``changed``."""
        match = " AND ".join(f'o."{c}" = n."{c}"' for c in spec.key)
        rest = [c for c in business if c not in spec.key]
        differs = " OR ".join(f'o."{c}" IS DISTINCT FROM n."{c}"' for c in rest) or "false"
        keys = ", ".join(f'coalesce(n."{c}", o."{c}") AS "{c}"' for c in spec.key)
        first = spec.key[0]
        self._do(
            "CREATE OR REPLACE TEMP TABLE difference AS "
            f"SELECT * FROM (SELECT {keys}, o.file_number, "
            f"CASE WHEN o.\"{first}\" IS NULL THEN 'insert' "
            f"WHEN n.\"{first}\" IS NULL THEN 'delete' "
            f"WHEN {differs} THEN 'update' END AS change "
            f"FROM old_rows o FULL JOIN new_rows n ON {match}) WHERE change IS NOT NULL"
        )
        names = ", ".join(f'"{c}"' for c in by)
        self._do(f"CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT {names} FROM difference")

    def _rewrite(self, spec: TableSpec, business: list[str], touched: list[DataFile]) -> None:
        """Writes changed rows, and again the files in which rows were changed or deleted."""
        numbers = self._duckdb.sql(
            "SELECT DISTINCT file_number FROM difference WHERE file_number IS NOT NULL "
            "AND change <> 'insert' ORDER BY 1"
        )
        gone = [touched[n] for n in numbers.to_arrow_table().column(0).to_pylist()]
        match = " AND ".join(f'x."{c}" = d."{c}"' for c in spec.key)
        stamped = {"load_timestamp": "now_utc", "run_id": "this_run"}
        new = ", ".join(
            f'x."{n}"' if n in business else f"(SELECT {stamped[n]} FROM run_stamp) AS {n}"
            for n in spec.schema.names
        )
        parts = [
            f"SELECT {new} FROM new_rows x SEMI JOIN "
            f"(SELECT * FROM difference WHERE change <> 'delete') d ON {match}"
        ]
        if gone:
            self._seedata_files("kept_files", spec.name, gone)
            kept = ", ".join(f'x."{n}"' for n in spec.schema.names)
            parts.append(f"SELECT {kept} FROM kept_files x ANTI JOIN difference d ON {match}")
        order = ", ".join(f'"{c}"' for c in spec.sorted_by)
        sql = f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}"
        removed = [(file.path, file.size) for file in gone]
        self._write(spec.name, sql, spec.sorted_by[0], removed)

    def _write(
        self, name: str, sql: str, ranged: str | None, removed: list[tuple[str, int]]
    ) -> None:
        """Writes a query's rows into new files, and commits them in place of the removed ones."""
        schema = self.lake.specs[name].schema
        writer = FileWriter(self.lake.path(name), schema, ranged)
        rows = RAW_STREAM_ROWS if RAW_COLUMN in schema.names else STREAM_ROWS
        try:
            for batch in self._duckdb.sql(sql).to_arrow_reader(rows):
                writer.write(batch)
        except BaseException:
            writer.discard()
            raise
        table = self.lake.open(name)
        commit(table, schema, writer.finish(), removed, run_id=self.stamp.run_id)

    def _seedata_files(self, view: str, name: str, files: list[DataFile] | None = None) -> None:
        """Makes a table, or some of its files, visible to queries."""
        folder = self.lake.path(name)
        paths = None if files is None else [str(folder / file.path) for file in files]
        schema = self.lake.specs[name].schema
        self._duckdb.register(view, dataset(self.lake.open(name), schema, paths))

    def _do(self, sql: str) -> None:
        self._duckdb.execute(sql).fetchall()

    def _one(self, sql: str) -> dict[str, Any]:
        row: dict[str, Any] = self._duckdb.sql(sql).to_arrow_table().to_pylist()[0]
        return row


def _names(table: DeltaTable) -> list[str]:
    return [field.name for field in table.schema().fields]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
