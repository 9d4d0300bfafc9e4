-- bars: Companies by industry
-- rows: SELECT * FROM dw_company_data WHERE sic_description IS NOT DISTINCT FROM {industry}
SELECT sic_description AS industry, count(*) AS companies
FROM dw_company_data
GROUP BY ALL
ORDER BY companies DESC, industry
LIMIT 15
