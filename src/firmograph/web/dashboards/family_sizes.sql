-- bars: Families by number of members
-- rows: SELECT * FROM dw_family_tree WHERE members_received BETWEEN {least} AND {most} ORDER BY members_received DESC
SELECT members, count(members_received) AS families, least, most
FROM
  (
    VALUES ('1', 1, 1), ('2 to 10', 2, 10), ('11 to 100', 11, 100), ('101 to 1,000', 101, 1000),
      ('1,001 to 10,000', 1001, 10000), ('10,001 to 100,000', 10001, 100000),
      ('more', 100001, 1000000000)
  ) AS bands (members, least, most)
  LEFT JOIN dw_family_tree ON members_received BETWEEN least AND most
GROUP BY ALL
ORDER BY least
