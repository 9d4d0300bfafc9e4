-- bars: Data quality warnings by rule and column
-- rows: SELECT * FROM tb_data_quality WHERE rule = {rule} AND table_name IS NOT DISTINCT FROM {table_name} AND column_name IS NOT DISTINCT FROM {column_name} ORDER BY load_timestamp DESC
SELECT
  concat_ws(', ', column_name, rule, table_name) AS warning,
  CAST(sum(count) AS BIGINT) AS warnings,
  rule,
  table_name,
  column_name
FROM tb_data_quality
GROUP BY ALL
ORDER BY warnings DESC, warning
LIMIT 20
