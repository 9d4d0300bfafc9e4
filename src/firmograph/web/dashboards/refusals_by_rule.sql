-- bars: Open refusals by rule
-- rows: SELECT * FROM tb_quarantine_files WHERE status = 'open' AND rule IS NOT DISTINCT FROM {rule} ORDER BY load_timestamp DESC
WITH
  -- each attempt appends the rows of a refusal again, and a decision appends them once more
  attempts AS (
    SELECT *, attempt * 2 + CASE WHEN status = 'open' THEN 0 ELSE 1 END AS place
    FROM tb_quarantine_files
  ),
  latest AS (
    SELECT *
    FROM attempts
    QUALIFY
      place = max(place) OVER (
        PARTITION BY document_id, scope, file_name, record_number, ingest_seq
      )
  )
SELECT rule, count(DISTINCT (document_id, scope, file_name, record_number, ingest_seq)) AS refusals
FROM latest
WHERE status = 'open'
GROUP BY ALL
ORDER BY refusals DESC, rule
