"""The list of companies in the order that the address asks for."""

from starlette.testclient import TestClient

ITEM = "/companies.json"


def names(client: TestClient, **query: str) -> list[str]:
    return [row["name"] for row in client.get(ITEM, params=query).json()["companies"]]


def test_companies_are_sorted_by_a_column_in_both_directions(client: TestClient) -> None:
    by_name = names(client, sort="name")
    assert by_name[0] == "Aigalis Denizcilik Türkiye Merkez Şubesi"
    assert names(client, sort="-name") == by_name[::-1]
    rows = client.get(ITEM, params={"sort": "-duns"}).json()["companies"]
    numbers = [row["duns"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)


def test_companies_without_a_value_come_last_in_both_directions(client: TestClient) -> None:
    for sort in ("industry", "-industry"):
        rows = client.get(ITEM, params={"sort": sort}).json()["companies"]
        given = [row["industry"] for row in rows if row["industry"] is not None]
        assert [row["industry"] for row in rows[: len(given)]] == given
        assert given == sorted(given, reverse=sort.startswith("-"))


def test_csv_and_links_keep_the_order(client: TestClient) -> None:
    html = client.get("/companies", params={"sort": "name"}).text
    assert 'aria-sort="ascending"' in html
    assert 'href="/companies?sort=-name"' in html
    assert 'href="/companies.csv?sort=name"' in html
    lines = client.get("/companies.csv", params={"sort": "-name"}).text.splitlines()
    assert len(lines) == 13
    assert "Aigalis" in lines[-1]


def test_unknown_order_is_told(client: TestClient) -> None:
    found = client.get("/companies", params={"sort": "colour"})
    assert found.status_code == 400
    assert "allowed are name, duns, country, industry, status" in found.text
