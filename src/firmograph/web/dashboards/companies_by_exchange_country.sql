-- bars: Listed companies by country of the exchange
-- rows: SELECT * FROM dw_stock_exchanges WHERE country IS NOT DISTINCT FROM {country}
SELECT country, count(DISTINCT duns) AS companies
FROM dw_stock_exchanges
GROUP BY ALL
ORDER BY companies DESC, country
LIMIT 15
