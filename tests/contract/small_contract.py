"""A small valid contract, for tests that add a fault to it; lines are counted from 1."""

from firmograph.contract.load import parse_contract
from firmograph.errors import ContractError

SMALL = """\
contract: data_blocks
record_at: [organization, $]
entity: duns
source_time: ^.transactionDetail.transactionTimestamp
block_status: ^.blockStatus
tables:
  dw_company_data:
    key: [duns]
    covered_by: {block: companyinfo, level: 2, path: primaryAddress}
    columns:
      duns: {path: duns, type: duns, rule: mandatory}
      primary_name: {path: primaryName, rule: mandatory}
      registered_name: {path: registeredName, rule: expected}
  dw_corporate_linkage:
    key: [duns]
    skip_empty: true
    columns: {duns: {path: duns, type: duns}, parent_duns: {path: parent.duns, type: duns}}
  dw_industry_code:
    key: [duns, priority]
    each: industryCodes
    columns:
      duns: {path: $.duns, type: duns}
      priority: {path: priority, type: integer}
      code: code
  dw_stock_exchanges:
    key: [duns, stock_name]
    each: stockExchanges
    columns: {duns: {path: $.duns, type: duns}, stock_name: tickerName}
"""


def faults(text: str) -> list[str]:
    """The faults of a contract in a file x.yaml."""
    try:
        parse_contract(text, "x.yaml")
    except ContractError as error:
        return error.message.splitlines()
    return []


def faults_with(old: str, new: str) -> list[str]:
    """The faults of the small contract once `old` is replaced by `new`."""
    assert SMALL.count(old) == 1, f"{old!r} stands {SMALL.count(old)} times"
    return faults(SMALL.replace(old, new))
