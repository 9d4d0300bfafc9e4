"""Data quality, ``tb_data_quality``: warnings are counted, with up to three examples."""

from firmograph.engine.base import Engine

QUALITY = "tb_data_quality"


def write_findings(engine: Engine) -> int:
    """Counts the staged findings and appends the counts; returns how many findings there were."""
    rows = engine.query(
        "SELECT s.this_run AS run_id, f.table_name, f.column_name, f.rule, f.count, f.examples, "
        "s.now_utc AS load_timestamp FROM ("
        "SELECT table_name, column_name, rule, count(*) AS count, "
        "list(DISTINCT example ORDER BY example)[1:3] AS examples FROM findings "
        "GROUP BY table_name, column_name, rule) f CROSS JOIN run_stamp s "
        "ORDER BY f.table_name, f.column_name, f.rule"
    )
    engine.append(QUALITY, rows)
    return sum(rows["count"].to_pylist())
