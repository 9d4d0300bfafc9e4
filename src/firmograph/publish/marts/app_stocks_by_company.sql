-- How many stock listings a company has in each country; an unknown country is a group of its own.
SELECT duns, country, count(*) AS count
FROM dw_stock_exchanges
GROUP BY duns, country
