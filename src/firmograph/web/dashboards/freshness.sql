-- bars: Companies and trees by age of their source
-- rows: SELECT document_type, entity_id, source_timestamp FROM tb_entity_heads WHERE table_name IN ('dw_company_data', 'dw_family_tree') AND floor((epoch(now()) - epoch(source_timestamp)) / 86400) BETWEEN {least} AND {most} ORDER BY source_timestamp
WITH
  ages AS (
    SELECT floor((epoch(now()) - epoch(source_timestamp)) / 86400) AS days, count(*) AS heads
    FROM tb_entity_heads
    WHERE table_name IN ('dw_company_data', 'dw_family_tree')
    GROUP BY ALL
  )
SELECT age, CAST(coalesce(sum(heads), 0) AS BIGINT) AS entities, least, most
FROM
  (
    VALUES ('up to a week', -36500, 7), ('up to a month', 8, 31), ('up to 3 months', 32, 92),
      ('up to a year', 93, 366), ('older', 367, 36500)
  ) AS bands (age, least, most)
  LEFT JOIN ages ON days BETWEEN least AND most
GROUP BY ALL
ORDER BY least
