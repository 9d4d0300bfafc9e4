-- bars: Companies and trees by age of their newest source
-- rows: SELECT document_type, entity_id, max(source_timestamp) AS newest FROM tb_entity_heads GROUP BY ALL HAVING date_diff('day', newest, now()) BETWEEN {least} AND {most} ORDER BY newest
WITH
  newest AS (
    SELECT document_type, entity_id, date_diff('day', max(source_timestamp), now()) AS days
    FROM tb_entity_heads
    GROUP BY ALL
  )
SELECT age, count(days) AS entities, least, most
FROM
  (
    VALUES ('up to a week', -36500, 7), ('up to a month', 8, 31), ('up to 3 months', 32, 92),
      ('up to a year', 93, 366), ('older', 367, 36500)
  ) AS bands (age, least, most)
  LEFT JOIN newest ON days BETWEEN least AND most
GROUP BY ALL
ORDER BY least
