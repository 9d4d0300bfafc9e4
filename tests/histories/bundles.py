"""Made-up documents, sound, odd and bad, and the files that people pack them into."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from documents import member, organization, response, tree_page
from model import COMPANY_TABLES, Company, Page

BOM = b"\xef\xbb\xbf"


class Document(NamedTuple):
    """A document's bytes and what must come of it: `says` is None if it must be refused."""

    raw: bytes
    says: Company | Page | None


def company(chosen: random.Random, duns: str, day: int) -> Document:
    """A sound document of a company, with odd spellings of its values."""
    name, code, employees = f"{duns} on day {day}", str(chosen.randrange(1000, 9999)), day * 10
    time = f"2026-03-{day:02}T{chosen.randrange(24):02}:30:00Z"
    bare, thin = chosen.random() < 0.2, chosen.random() < 0.25
    number = chosen.choice(("9067", "9067.0", '"9067"', "9.067E3"))
    scope = f'[{{"value": {employees}.0, "informationScopeDnBCode": {number}}}]'
    record = organization(duns, name)
    record["industryCodes"][0]["code"] = code
    record["incorporatedDate"] = chosen.choice(("1975", "0000-00-00", " ", None))
    founded = "1975" if record["incorporatedDate"] == "1975" else None
    record["numberOfEmployees"] = "SCOPES"
    whole: dict[str, Any] = record
    if thin and not bare:
        whole = response({"duns": duns, "primaryName": name}, time, "hierarchyconnections_L1_v1")
    elif not bare:
        blocks = () if chosen.random() < 0.5 else ("companyinfo_L2_v1",)
        whole = response(record, time, *blocks)
    raw = json.dumps(whole, ensure_ascii=chosen.random() < 0.5).replace('"SCOPES"', scope)
    is_thin = thin and not bare
    rows = {
        "dw_company_data": (
            (duns, name, None if is_thin else employees, None if is_thin else founded),
        ),
        "dw_industry_code": () if is_thin else ((duns, 30832, 1, code),),
    }
    covers = frozenset() if is_thin else frozenset(COMPANY_TABLES)
    return Document(raw.encode(), Company(duns, None if bare else time, covers, rows))


def pages(chosen: random.Random, root: str, family: str, day: int) -> list[Document]:
    """A delivery of a tree; now and then a page of it never comes."""
    count = chosen.choice((1, 2, 3))
    time = f"2026-03-{day:02}T08:00:0{{}}Z"
    listed = [f"{family}{number:02}" for number in range(1, 2 * count)]
    names = [(root, f"R {day}"), *((duns, f"M {duns} {day}") for duns in listed)]
    found = []
    for number in range(1, count + 1):
        part = names[2 * number - 2 : 2 * number]
        members = [
            member(duns, None if duns == root else root, primaryName=name) for duns, name in part
        ]
        body = tree_page(
            root,
            members,
            number=number,
            of=count,
            count=2 * count,
            time=time.format(number),
            size=2,
        )
        says = Page(root, time.format(0), number, count, tuple(part))
        found.append(Document(json.dumps(body).encode(), says))
    if len(found) > 1 and chosen.random() < 0.25:
        found.pop(chosen.randrange(len(found)))
    return found


BAD: tuple[Callable[[str], Any], ...] = (
    lambda duns: organization(duns[:8], "eight digits"),
    lambda duns: response(organization(duns, "  ")),
    lambda duns: {"duns": duns},
    lambda duns: response({**organization(duns), "primaryName": {"text": "an object"}}),
    lambda duns: {"error": {"errorCode": "21502", "errorMessage": f"Too many for {duns}"}},
    lambda duns: {"code": "SVC-200", "outData": {"duns": duns}},
    lambda duns: {"matchCandidates": [{"organization": organization(duns)}]},
    lambda duns: {"organization": organization(duns), "matchQualityInformation": {"v": 4}},
)


def bad(chosen: random.Random, duns: str) -> Document:
    """A document that must be refused."""
    return Document(json.dumps(chosen.choice(BAD)(duns)).encode(), None)


class Packed(NamedTuple):
    """A file's content.

    Attributes:
        ending: of the name.
        content: the bytes.
    """

    ending: str
    content: bytes


def alone(_: random.Random, raws: Sequence[bytes]) -> bytes:
    (raw,) = raws
    return raw


def _joined(separator: bytes) -> Callable[[random.Random, Sequence[bytes]], bytes]:
    return lambda _, raws: separator.join(raws)


def _as_array(_: random.Random, raws: Sequence[bytes]) -> bytes:
    return b"[" + b", ".join(raws) + b"]"


def _as_arrays(chosen: random.Random, raws: Sequence[bytes]) -> bytes:
    cut = chosen.randrange(len(raws) + 1)
    return b"\n".join(b"[" + b",".join(part) + b"]" for part in (raws[:cut], raws[cut:]))


def _pretty(_: random.Random, raws: Sequence[bytes]) -> bytes:
    return b"\n".join(json.dumps(json.loads(raw), indent=2).encode() for raw in raws)


SEQUENCES: tuple[Callable[[random.Random, Sequence[bytes]], bytes], ...] = (
    _joined(b"\n"),
    _joined(b"\r\n\r\n"),
    _joined(b"\r"),
    _joined(b""),
    _joined(b",\n"),
    _joined(b"\n" + BOM),
    _joined(b"\n\x1e"),
    _as_array,
    _as_arrays,
    _pretty,
)
"""Ways to put documents into one text; all of them are one sequence of JSON values."""


def pack(chosen: random.Random, raws: Sequence[bytes], name: str) -> Packed:
    """Puts documents into a file in one of many ways.

    Args:
        chosen: chooses the way.
        raws: the documents.
        name: of the file without its ending, for the members of a zip archive.
    """
    if len(raws) > 1 and chosen.random() < 0.15:
        return Packed(".json.gz", b"".join(gzip.compress(raw + b"\n", mtime=0) for raw in raws))
    text = alone(chosen, raws) if len(raws) == 1 else chosen.choice(SEQUENCES)(chosen, raws)
    if chosen.random() < 0.1:
        text = BOM + text
    lines = chosen.choice((".json", ".jsonl"))
    match chosen.randrange(5):
        case 0:
            return Packed(f"{lines}.{chosen.choice(('gz', 'gzip'))}", gzip.compress(text, mtime=0))
        case 1:
            held = io.BytesIO()
            with zipfile.ZipFile(held, "w") as archive:
                archive.writestr(f"{name}{lines}", text)
                archive.writestr("README.txt", "about these files")
            return Packed(".zip", held.getvalue())
        case _:
            return Packed(lines, text)
