"""Journeys in a real browser."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from conftest import Once
from conftest import Project as Fresh
from documents import member, organization, response, tree_page
from journeys import Visit, launched, serving, visiting
from playwright.sync_api import Browser, expect

from firmograph.project import Project
from firmograph.web.export import export

CORVALINHO = "007314629"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all journeys of a worker."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(examples: Path) -> Iterator[str]:
    """The pages of the examples."""
    with serving(examples) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """At the overview of the examples; whatever the browser complains of fails the test."""
    with visiting(browser, address) as visit:
        yield visit
        assert visit.complaints == []


def test_company_is_found_by_a_part_of_its_name_without_accents(visit: Visit) -> None:
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("cortica")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("status")).to_contain_text("1 company")
    visit.page.get_by_role("link", name="Corvalinho Cortiças").click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Corvalinho Cortiças")


def test_companies_are_found_while_typing_and_the_address_follows(visit: Visit) -> None:
    visit.go("/companies")
    field = visit.page.get_by_label("Parts of a name")
    expect(field).to_be_focused()
    visit.page.keyboard.type("cork")
    expect(visit.page.get_by_role("status")).to_contain_text("1 company with “cork”")
    expect(field).to_be_focused()
    assert field.input_value() == "cork"
    expect(visit.page).to_have_url(f"{visit.origin}/companies?q=cork")


def test_nine_digits_and_enter_open_the_company(visit: Visit) -> None:
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("08-194-0257")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Cork Hollow Flooring")


def test_keys_are_listed_and_lead_to_pages(visit: Visit) -> None:
    visit.page.keyboard.press("?")
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("g")
    visit.page.keyboard.press("r")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Runs")


def test_facet_narrows_down_and_is_removed(visit: Visit) -> None:
    visit.go("/companies")
    visit.page.get_by_role("complementary").get_by_role("link", name="Greece").click()
    expect(visit.page.get_by_role("status")).to_contain_text("1 company")
    visit.page.get_by_role("link", name="country: Greece").click()
    expect(visit.page.get_by_role("status")).to_contain_text("12 companies")


def test_drift_is_read_after_the_page_is_there(visit: Visit) -> None:
    visit.go("/drift")
    expect(visit.page.get_by_text("Not named by the contract").first).to_be_visible()


def test_dictionary_is_searched_while_typing(visit: Visit) -> None:
    visit.go("/dictionary")
    visit.page.get_by_label("A column, a path").fill("usSicV4Desc")
    expect(visit.page.get_by_role("status")).to_contain_text("2 columns")


def test_without_javascript_pages_are_read_and_searched(browser: Browser, examples: Path) -> None:
    with (
        serving(examples) as address,
        visiting(browser, address, java_script_enabled=False) as visit,
    ):
        visit.page.get_by_role("link", name="Companies", exact=True).first.click()
        visit.page.get_by_label("Parts of a name").fill("cork")
        visit.page.get_by_role("button", name="Find").click()
        expect(visit.page.get_by_role("status")).to_contain_text("1 company")
        visit.page.get_by_role("link", name="Cork Hollow").click()
        expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Cork Hollow")
        visit.go("/drift")
        visit.page.get_by_role("link", name="Read them").click()
        expect(visit.page.get_by_text("Not named by the contract").first).to_be_visible()
        assert visit.complaints == []


def test_refusal_is_retried_after_the_contract_was_mended(browser: Browser, project: Fresh) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization(primaryName=None)))
    project.run()
    with (
        serving(project.root, allows_changes=True) as address,
        visiting(browser, address) as visit,
    ):
        visit.go("/quarantine")
        _mend(project.root)
        visit.page.get_by_label("Choose").check()
        visit.page.get_by_role("button", name="Dry run").click()
        expect(visit.page.get_by_role("status")).to_contain_text("1 retried, 1 published")
        expect(visit.page.get_by_label("Choose")).to_be_checked()
        visit.page.get_by_role("button", name="Retry the chosen").click()
        expect(visit.page.get_by_text("Nothing is refused.")).to_be_visible()
        visit.go("/companies")
        expect(visit.page.get_by_role("status")).to_contain_text("1 company")
        assert visit.complaints == []


def _mend(root: Path) -> None:
    declared = resources.files("firmograph.contract").joinpath("declared", "data_blocks.yaml")
    old = "primary_name: {path: primaryName, rule: mandatory}"
    text = declared.read_text("utf-8").replace(old, "primary_name: {path: primaryName}")
    (root / "contracts").mkdir()
    (root / "contracts" / "data_blocks.yaml").write_text(text, "utf-8")


def test_older_snapshot_is_gone_back_to(browser: Browser, project: Fresh) -> None:
    for number in (1, 2):
        document = response(organization(f"10000000{number}", f"Company {number}"))
        project.drop(f"c{number}_data_blocks_20260301.json", document)
        project.run()
    with serving(project.root) as address, visiting(browser, address) as visit:
        visit.go("/runs")
        visit.page.locator('a[href="/?at=1"]').click()
        expect(visit.page.get_by_text("You are looking at snapshot 1.")).to_be_visible()
        visit.page.get_by_role("link", name="Companies", exact=True).first.click()
        expect(visit.page.get_by_text("1 company", exact=True)).to_be_visible()
        visit.page.get_by_role("link", name="Snapshot 2").click()
        expect(visit.page.get_by_text("2 companies", exact=True)).to_be_visible()
        assert visit.complaints == []


PAGES = (
    "/",
    "/companies",
    "/companies?q=nothing-has-this",
    f"/company/{CORVALINHO}",
    f"/family/{CORVALINHO}?focus=316604985",
    "/quarantine",
    "/quarantine/d09edd88e9ab",
    "/runs",
    "/tables",
    "/tables/dw_company_data",
    "/drift?measure=1",
    "/sql?q=SELECT+duns,+primary_name+FROM+dw_company_data",
    "/sql?q=SELEC",
    "/dashboards",
    "/dictionary",
    "/no-such-page",
    f"/{'x' * 90}",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, address: str, scheme: str) -> None:
    axe = Path(AXE_FILE_PATH).read_text("utf-8")
    found = {}
    with visiting(browser, address, color_scheme=scheme, bypass_csp=True) as visit:
        for path in PAGES:
            visit.go(path)
            visit.page.evaluate(axe)
            answer = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            for one in answer["violations"]:
                places = [node["html"][:200] for node in one["nodes"][:3]]
                found[f"{path} {one['id']}"] = [one["help"], *places]
    assert json.dumps(found, indent=1) == "{}"


def test_pages_fit_a_narrow_screen(browser: Browser, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.page.set_viewport_size({"width": 360, "height": 700})
        for path in PAGES:
            visit.go(path)
            width = visit.page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path


def test_lists_are_sorted_on_a_narrow_screen_too(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 700})
    visit.go("/companies")
    visit.page.get_by_role("link", name="Country", exact=True).click()
    expect(visit.page).to_have_url(f"{visit.origin}/companies?sort=country")


def test_project_of_another_lake_is_not_needed(tmp_path: Path, browser: Browser) -> None:
    Project(tmp_path)
    with serving(tmp_path) as address, visiting(browser, address) as visit:
        expect(visit.page.get_by_role("heading", name="No lake yet")).to_be_visible()


def test_family_is_walked_by_keys_alone(visit: Visit) -> None:
    visit.go(f"/family/{CORVALINHO}")
    visit.page.get_by_role("treeitem").first.focus()
    for key in ("ArrowDown", "ArrowRight"):
        visit.page.keyboard.press(key)
    child = visit.page.get_by_role("treeitem", name="Cork Hollow Flooring").nth(1)
    expect(child).to_be_visible()
    visit.page.keyboard.press("ArrowRight")
    expect(child).to_be_focused()
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("ArrowLeft")
    expect(visit.page.get_by_role("treeitem").first).to_be_focused()
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("Enter")
    expect(visit.page).to_have_url(f"{visit.origin}/company/{CORVALINHO}")


def test_member_is_found_in_its_tree(visit: Visit) -> None:
    visit.go(f"/family/{CORVALINHO}")
    visit.page.get_by_label("Find in this tree").fill("guadarroyo")
    visit.page.get_by_role("button", name="Find").last.click()
    visit.page.get_by_role("link", name="Corchos Guadarroyo").first.click()
    expect(visit.page).to_have_url(re.compile(r"focus=316604985"))


MEMBERS = 100_000


@pytest.fixture(scope="module")
def large_tree(once: Once) -> Path:
    """A lake of one tree of 100,000 members, four below each."""

    def publish(root: Path) -> None:
        uploads = root / "workingArea" / "uploads"
        uploads.mkdir(parents=True)
        for page in range(MEMBERS // 1000):
            numbers = range(page * 1000, page * 1000 + 1000)
            members = [
                member(
                    f"{500_000_000 + n}", f"{500_000_000 + (n - 1) // 4}" if n else None, level(n)
                )
                for n in numbers
            ]
            content = tree_page(
                "500000000", members, number=page + 1, of=MEMBERS // 1000, count=MEMBERS
            )
            name = f"large_family_tree_20260301_{page + 1}.json"
            (uploads / name).write_text(json.dumps(content), "utf-8")
        Project(root).run()

    return once("large-tree", publish)


def level(number: int) -> int:
    """The level of a member with four below each."""
    found = 1
    while number:
        number, found = (number - 1) // 4, found + 1
    return found


def test_tree_of_100_000_members_is_opened_and_looked_into(
    browser: Browser, large_tree: Path
) -> None:
    with serving(large_tree) as address, visiting(browser, address) as visit:
        visit.go("/family/500000000?focus=500099999")
        expect(visit.page.get_by_text("100 000").first).to_be_visible()
        expect(visit.page.locator("canvas")).to_be_visible()
        painted = visit.page.locator("canvas").evaluate(
            """async canvas => {
                 const colours = () => new Set(new Uint32Array(
                   canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
                     .data.buffer)).size;
                 for (let n = 0; n < 100 && colours() < 2; n++)
                   await new Promise(done => setTimeout(done, 50));
                 return colours();
               }"""
        )
        assert painted >= 2
        expect(visit.page.locator("[role=treeitem][aria-current]")).to_contain_text("500099999")
        assert visit.complaints == []


def test_query_is_run_stopped_and_exported(visit: Visit) -> None:
    visit.go("/sql")
    editor = visit.page.get_by_label("Query")
    editor.fill("SELECT count(*) AS companies FROM dw_company_data")
    editor.press("Control+Enter")
    expect(visit.page.get_by_role("cell", name="12", exact=True)).to_be_visible()
    expect(editor).to_be_focused()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="CSV").first.click()
    assert download.value.path().read_text("utf-8").split() == ["companies", "12"]
    editor.fill("SELECT count(*) FROM range(1000000) a, range(1000000) b")
    editor.press("Control+Enter")
    visit.page.get_by_role("button", name="Stop").click()
    expect(visit.page.get_by_role("button", name="Run")).to_be_enabled()
    editor.fill("SELECT 7 AS seven")
    editor.press("Control+Enter")
    expect(visit.page.get_by_role("cell", name="7", exact=True)).to_be_visible()


def test_violation_is_seen_in_place_in_a_document_of_80_mb(
    browser: Browser, project: Fresh
) -> None:
    record = {"duns": "100000001", "primaryName": None, "filler": "é" * 20_000_000}
    document = {"before": "x" * 20_000_000, "organization": record, "after": "ü" * 10_000_000}
    project.drop("large_data_blocks_20260301.json", json.dumps(document, ensure_ascii=False))
    project.run()
    with serving(project.root) as address, visiting(browser, address) as visit:
        visit.go("/quarantine")
        visit.page.get_by_role("row").last.get_by_role("link").first.click()
        expect(visit.page.locator("mark")).to_have_text("null")
        expect(visit.page.locator(".excerpt")).to_contain_text('"primaryName": null, "filler": "éé')
        assert visit.complaints == []


def test_exported_tree_is_painted_from_its_file_alone(
    browser: Browser, examples: Path, tmp_path: Path
) -> None:
    export(lambda: Project(examples), tmp_path / "site", None, 1_000)
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.goto((tmp_path / "site" / "family" / "690481157.html").as_uri())
    picture = page.get_by_role("application", name="All 12 members of the tree")
    expect(picture).to_be_visible()
    picture.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-picked]")).to_contain_text("level 2")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    assert faults == []
