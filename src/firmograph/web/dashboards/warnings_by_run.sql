-- line: Data quality warnings by run
-- rows: SELECT * FROM tb_data_quality WHERE run_id = {run_id} ORDER BY count DESC
WITH
  runs AS (
    SELECT run_id, min(load_timestamp) AS run_at
    FROM tb_pipeline_control
    WHERE activity = 'run'
    GROUP BY ALL
    ORDER BY run_at DESC
    LIMIT 100
  )
SELECT run_at, CAST(coalesce(sum(count), 0) AS BIGINT) AS warnings, run_id
FROM runs LEFT JOIN tb_data_quality USING (run_id)
GROUP BY ALL
ORDER BY run_at
