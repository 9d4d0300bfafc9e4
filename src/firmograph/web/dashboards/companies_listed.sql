-- bars: Companies listed on an exchange, or not
-- rows: SELECT * FROM dw_company_data WHERE (duns IN (SELECT duns FROM dw_stock_exchanges)) = ({listing} = 'listed')
SELECT
  CASE WHEN duns IN (SELECT duns FROM dw_stock_exchanges) THEN 'listed' ELSE 'not listed' END
    AS listing,
  count(*) AS companies
FROM dw_company_data
GROUP BY ALL
ORDER BY listing
