"""Only this machine's own browser, with the token, is let in."""

import pytest
from browsing import ORIGIN, PORT, SAME, TOKEN
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from firmograph.web.guard import Guard

COOKIE = {"Cookie": f"firmograph-{PORT}={TOKEN}"}


async def _answer(request: Request) -> Response:
    return PlainTextResponse(f"let in: {request.method} {request.url.path}")


def _client(*, allows_changes: bool = True) -> TestClient:
    routes = [
        Route("/{rest:path}", _answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
    ]
    guard = Guard(Starlette(routes=routes), TOKEN, PORT, allows_changes)
    return TestClient(guard, base_url=ORIGIN, follow_redirects=False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8417", "127.0.0.1", "localhost:8417", "LOCALHOST", "[::1]:8417", "127.8.9.10:1"],
)
def test_name_of_this_machine_is_let_in(host: str) -> None:
    found = _client().get("/runs", headers={**COOKIE, "Host": host})
    assert (found.status_code, found.text) == (200, "let in: GET /runs")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8417",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8417",
        "[::1].evil.example",
        "10.0.0.5:8417",
        "0.0.0.0:8417",
        "user@127.0.0.1:8417",
        "127.0.0.1:8417:8417",
        "",
    ],
)
def test_other_host_is_refused_even_with_the_cookie(host: str) -> None:
    found = _client().get("/runs", headers={**COOKIE, "Host": host})
    assert found.status_code == 421
    assert "is not this machine" in found.text


def test_token_becomes_a_cookie_and_leaves_the_address() -> None:
    found = _client().get(f"/companies?q=cork&token={TOKEN}&at=1")
    assert found.status_code == 303
    assert found.headers["location"] == "/companies?q=cork&at=1"
    assert found.headers["set-cookie"] == (
        f"firmograph-{PORT}={TOKEN}; HttpOnly; Path=/; SameSite=strict"
    )


def test_redirect_leads_to_no_other_host() -> None:
    found = _client().get(f"{ORIGIN}//evil.example/x?token={TOKEN}")
    assert found.headers["location"] == "/evil.example/x"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": f"firmograph-{PORT}=another"},
        {"Cookie": f"firmograph-9999={TOKEN}"},
        {"Cookie": f"other={TOKEN}"},
    ],
)
def test_without_the_token_nothing_is_shown(headers: dict[str, str]) -> None:
    found = _client().get("/runs", headers=headers)
    assert found.status_code == 403
    assert "needs the token" in found.text


@pytest.mark.parametrize(
    "others",
    ['{"of": "another program"}', 'quoted="not closed', "without a value", "a[b]=c,d", "\xe9=1"],
)
def test_odd_cookies_of_other_programs_do_not_matter(others: str) -> None:
    cookie = f"{others}; {COOKIE['Cookie']}"
    found = _client().get("/runs", headers={"Cookie": cookie.encode("latin-1")})
    assert found.text == "let in: GET /runs"


def test_wrong_token_is_refused() -> None:
    found = _client().get("/runs?token=guess")
    assert (found.status_code, "set-cookie" in found.headers) == (403, False)


def test_stylesheet_needs_no_token() -> None:
    assert _client().get("/static/style.css").status_code == 200


def test_form_of_an_own_page_is_let_in() -> None:
    found = _client().post("/quarantine", headers={**COOKIE, **SAME})
    assert found.text == "let in: POST /quarantine"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "none", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"https://127.0.0.1:{PORT}"},
    ],
)
def test_form_of_another_page_is_refused(headers: dict[str, str]) -> None:
    found = _client().post("/quarantine", headers={**COOKIE, **headers})
    assert found.status_code == 403
    assert "from a page of this server" in found.text


def test_changes_are_refused_unless_allowed() -> None:
    found = _client(allows_changes=False).post("/quarantine", headers={**COOKIE, **SAME})
    assert found.status_code == 403
    assert "--allow-changes" in found.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method: str) -> None:
    assert _client().request(method, "/", headers={**COOKIE, **SAME}).status_code == 405


def test_every_answer_has_the_policy() -> None:
    client = _client()
    for found in (client.get("/"), client.get("/", headers=COOKIE)):
        policy = found.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["referrer-policy"] == "same-origin"
        assert found.headers["cache-control"] == "no-store"
