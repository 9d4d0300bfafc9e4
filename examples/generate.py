"""Make the example uploads: invented D&B documents in the forms they arrive in.

Data-blocks responses of twelve invented companies and the trees of three corporate
families, bare and wrapped, pretty and minified, alone and several to a file; one
document is broken on purpose. The same seed gives the same bytes.

    python examples/generate.py [FOLDER] [--seed N]

FOLDER is `examples/uploads` unless given. The seed moves figures and transaction ids;
companies, keys and counts stay.
"""

import argparse
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import world
from data_blocks import (
    company_only_response,
    damaged_response,
    full_response,
    gateway_response,
    linkage_only_response,
    organization,
    payments_only_response,
)
from family_trees import tree_pages
from parts import Json

DEFAULT_FOLDER = Path(__file__).parent / "uploads"
DEFAULT_SEED = 1841

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_STORED_BLOCK = 0xFFFF


def pretty(document: object) -> bytes:
    """Indented, in raw UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def minified(document: object) -> bytes:
    """One line, in raw UTF-8, without a newline."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def escaped(document: object) -> bytes:
    """One line of ASCII, other letters escaped."""
    return json.dumps(document, separators=(",", ":")).encode()


def json_lines(documents: list[Json]) -> bytes:
    """One document per line."""
    return b"".join(minified(document) + b"\n" for document in documents)


def gzipped(data: bytes) -> bytes:
    """Wrap bytes as gzip, stored: compressed bytes differ from one zlib to another."""
    if len(data) > LARGEST_STORED_BLOCK:
        message = f"a stored block holds 65,535 bytes, the document has {len(data):,}"
        raise ValueError(message)
    no_time_no_system = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    last_block = b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF)
    trailer = struct.pack("<II", zlib.crc32(data), len(data))
    return no_time_no_system + last_block + data + trailer


def zipped(name: str, data: bytes) -> bytes:
    """Wrap one file as zip, stored and without a timestamp."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, data)
    return buffer.getvalue()


def detail_last(response: Json) -> Json:
    """Move the transaction detail to the end, as some responses have it."""
    others = {key: part for key, part in response.items() if key != "transactionDetail"}
    return others | {"transactionDetail": response["transactionDetail"]}


def full_uploads(seed: int) -> dict[str, bytes]:
    """Make the enveloped data blocks, one of them older than another of its company."""
    in_march = full_response(world.CORVALINHO_IN_MARCH, seed, "2026-03-11T16:48:55.091Z")
    corvalinho = full_response(world.CORVALINHO, seed, "2026-09-14T08:31:07.412Z")
    marulakloof = full_response(world.MARULAKLOOF, seed, "2026-02-27T13:05:39.218Z")
    broken = damaged_response(world.SKARVOY, seed, "2026-06-12T10:02:58.703Z")
    wubin = full_response(world.WUBIN, seed, "2026-08-21T02:12:44.305Z")
    aigalis = full_response(world.AIGALIS, seed, "2026-04-30T09:15:27.660Z")
    return {
        "corvalinho_corticas_data_blocks_20260311.json": minified(in_march),
        "corvalinho_corticas_data_blocks_20260914.json": pretty(corvalinho),
        "marulakloof_data_blocks_20260227.json": pretty(detail_last(marulakloof)),
        "skarvøylys_energi_data_blocks_20260612.json": pretty(broken),
        "suzhou_wubin_data_blocks_20260821.json": escaped(wubin),
        "Αιγαλίς_Ναυτιλιακή_data_blocks_20260430.json": BYTE_ORDER_MARK + pretty(aigalis),
    }


def partial_uploads(seed: int) -> dict[str, bytes]:
    """Make the responses for which only one block was bought."""
    payments = payments_only_response(world.MARULAKLOOF, seed, "2026-10-05T07:44:02.530Z")
    wiesengrunder = company_only_response(
        world.WIESENGRUNDER, seed, "2026-05-05T14:37:21.149Z", asked="327150998"
    )
    return {
        "marulakloof_data_blocks_20261005.json": minified(payments),
        "wiesengrunder.drehteile_data_blocks_20260505.json.gz": gzipped(minified(wiesengrunder)),
    }


def unwrapped_uploads(seed: int) -> dict[str, bytes]:
    """Make the data blocks outside the vendor's envelope: bare, or from a gateway."""
    guadarroyo = gateway_response(world.GUADARROYO, seed, "2026-06-02T11:20:13.874Z")
    cork_hollow = organization(world.CORK_HOLLOW, seed)
    kirigahama = organization(world.KIRIGAHAMA, seed)
    return {
        "Corchos Guadarroyo S.L._data_blocks_20260602.json": minified(guadarroyo),
        "cork_hollow_flooring_data_blocks_20260718.json": minified(cork_hollow),
        "霧ヶ浜精機_data_blocks_20260820.json": minified(kirigahama),
    }


def collected_uploads(seed: int) -> dict[str, bytes]:
    """Make the uploads that hold several data-blocks documents."""
    reviewed = [
        full_response(world.STURCHEV, seed, "2026-07-06T12:26:10.487Z"),
        organization(world.THISTLEWICK, seed),
    ]
    delivered = [
        full_response(world.KHALIJ_AL_QANDIL, seed, "2026-09-29T18:00:31.006Z"),
        organization(world.AIGALIS_TURKEY, seed),
        linkage_only_response(world.WIESENGRUNDER, seed, "2026-09-29T18:00:33.952Z"),
    ]
    return {
        "portfolio review_data_blocks_20260706.json": pretty(reviewed),
        "third_quarter_data_blocks_20260930.jsonl": json_lines(delivered),
    }


def family_tree_uploads(seed: int) -> dict[str, bytes]:
    """Make the family trees: on one page, on three, and without branches."""
    (corvalinho,) = tree_pages(
        world.CORVALINHO_FAMILY, seed, ("2026-09-14T08:33:40.118Z",), asked="316604985"
    )
    first, second, third = tree_pages(
        world.KIRIGAHAMA_FAMILY,
        seed,
        ("2026-08-20T01:10:05.237Z", "2026-08-20T01:12:46.580Z", "2026-08-20T01:15:19.944Z"),
        size=5,
    )
    (aigalis,) = tree_pages(world.AIGALIS_FAMILY, seed, ("2026-04-30T09:18:02.371Z",))
    zip_stem = "aigalis.shipping_family_tree_20260430"
    return {
        f"{zip_stem}.zip": zipped(f"{zip_stem}.json", minified(aigalis)),
        "corvalinho_corticas_family_tree_20260914.json": pretty(corvalinho),
        "kirigahama_seiki_family_tree_20260820_1.json": minified(first),
        "kirigahama_seiki_family_tree_20260820_2.json": escaped(second),
        "kirigahama_seiki_family_tree_20260820_3.json": pretty(third),
    }


def write_uploads(folder: Path, seed: int) -> list[Path]:
    """Write all example uploads and return where they are."""
    uploads = (
        full_uploads(seed)
        | partial_uploads(seed)
        | unwrapped_uploads(seed)
        | collected_uploads(seed)
        | family_tree_uploads(seed)
    )
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in sorted(uploads.items()):
        path = folder / name
        path.write_bytes(data)
        paths.append(path)
    return paths


def main() -> None:
    """Read the command line, write the uploads and say so."""
    parser = argparse.ArgumentParser(
        description="Make the example uploads: invented D&B documents."
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args()
    paths = write_uploads(options.folder, options.seed)
    print(f"{len(paths)} uploads in {options.folder}")


if __name__ == "__main__":
    main()
