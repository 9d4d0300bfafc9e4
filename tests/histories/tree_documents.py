"""Made-up pages of family trees, numbered or not, and what they say."""

import json
import random
from typing import Any

from documents import member, tree_page
from model import Document, Page


def pages(chosen: random.Random, root: str, family: str, day: int) -> list[Document]:
    """The pages of a delivery, of which one may never come, come twice, or list no members.

    Args:
        chosen: makes the choices.
        root: of the tree.
        family: the beginning of the DUNS of its other members.
        day: of March; other deliveries of the tree are of days far from it.
    """
    count, is_numbered = chosen.choice((1, 2, 3)), chosen.random() < 0.6
    has_grown = count > 1 and chosen.random() < 0.3
    names = [(root, f"Root {day}")]
    names += [(f"{family}{n:02}", f"Member {n} {day}") for n in range(1, 2 * count)]
    delivery = f"2026-03-{day:02}T08:00"

    def page(number: int, second: int, counted: int) -> Document:
        time = f"{delivery}:{second:02}Z"
        listed = tuple(names[2 * number - 2 : 2 * number])
        members = [
            member(duns, None if duns == root else root, primaryName=name) for duns, name in listed
        ]
        body = tree_page(root, members, number=number, of=count, count=counted, time=time, size=2)
        if not is_numbered:
            _unnumber(body, chosen.choice((None, number)))
        place = number if is_numbered else None
        return Document(_text(body), Page(root, delivery, time, place, count, counted, listed))

    found = [page(n, n, 2 * count - (has_grown and n == 1)) for n in range(1, count + 1)]
    if count > 1 and chosen.random() < 0.25:
        found.pop(chosen.randrange(count))
    if chosen.random() < 0.2:
        found.append(page(chosen.randrange(1, count + 1), 9, 2 * count))
    if chosen.random() < 0.25:
        found.append(_count_alone(chosen, root, f"{delivery}:30Z", 2 * count))
    return found


def _unnumber(body: dict[str, Any], number: int | None) -> None:
    """Takes links and page numbers from a page; some programs write a key that nobody knows."""
    del body["links"]
    body["inquiryDetail"] = {"duns": body["globalUltimateDuns"]}
    if number is not None:
        body["inquiryDetail"]["pageNumber"] = number


def _count_alone(chosen: random.Random, root: str, time: str, count: int) -> Document:
    """An answer that counts the members of a tree and lists none: it must be refused."""
    body = tree_page(root, [], count=count, time=time)
    if chosen.random() < 0.5:
        del body["familyTreeMembers"]
    return Document(_text(body), None)


def _text(body: Any) -> bytes:
    return json.dumps(body).encode()
