-- bars: Companies by country
-- rows: SELECT * FROM dw_company_data WHERE primary_address_country IS NOT DISTINCT FROM {country}
SELECT primary_address_country AS country, count(*) AS companies
FROM dw_company_data
GROUP BY ALL
ORDER BY companies DESC, country
LIMIT 15
