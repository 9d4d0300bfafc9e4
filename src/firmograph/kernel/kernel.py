"""The kernel: turns document bytes into typed rows for each table, or reasons for a refusal.

A pure function compiled from a contract, without I/O or engine. It pickles as its contract.
"""

import traceback
from datetime import datetime
from pathlib import Path

from firmograph.contract.model import Contract
from firmograph.kernel.document import show_value
from firmograph.kernel.fast import FALLBACKS, Fallback, compile_fast
from firmograph.kernel.reference import read_reference
from firmograph.kernel.repeated_keys import RepeatedKeys
from firmograph.kernel.result import Result, Violation


class Kernel:
    """A contract, compiled."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._fast = compile_fast(contract)
        self._repeated = RepeatedKeys(contract)

    def __reduce__(self) -> tuple[type["Kernel"], tuple[Contract]]:
        return Kernel, (self.contract,)

    def read(self, raw: bytes, ref_time: datetime, load_time: datetime) -> Result:
        """Reads one document, by the fast path if that can decide.

        Args:
            raw: the document's exact bytes, without BOM and surrounding white space.
            ref_time: the source time if the document has none, UTC.
            load_time: when the document was loaded, UTC; a source time more than a day later is
                refused.
        """
        try:
            return self._read(raw, ref_time, load_time)
        except Exception as error:  # noqa: BLE001 - no document may end a run
            return Result(None, None, violations=[_internal(error)])

    def _read(self, raw: bytes, ref_time: datetime, load_time: datetime) -> Result:
        if self._fast is not None:
            try:
                if not raw.isascii():
                    raw.decode()
                return self._fast(raw, ref_time, load_time)
            except (Fallback, *FALLBACKS):
                pass
        result = read_reference(self.contract, raw, ref_time, load_time)
        if self._repeated.may_be_in(raw) and not result.violations:
            found = self._repeated.find(raw, result.entity_id)
            result.findings = [*result.findings, *found]
        return result


def _internal(error: Exception) -> Violation:
    """The violation of a document that could not be read through a fault of the program."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frame.filename).name}, line {frame.lineno}, in {frame.name}"
    reason = f"the program failed to read this document: {type(error).__name__} at {place}: {error}"
    return Violation("internal", "$", None, show_value(reason) or "")
