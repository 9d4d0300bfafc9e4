"""The kernel: turns document bytes into typed rows for each table, or reasons for a refusal.

A pure function compiled from a contract, without I/O or engine. It pickles as its contract.
"""

from datetime import datetime

from firmograph.contract.model import Contract
from firmograph.kernel.fast import FALLBACKS, Fallback, compile_fast
from firmograph.kernel.reference import read_reference
from firmograph.kernel.result import Result


class Kernel:
    """A contract, compiled."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._fast = compile_fast(contract)

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
        if self._fast is not None:
            try:
                if not raw.isascii():
                    raw.decode()
                return self._fast(raw, ref_time, load_time)
            except (Fallback, *FALLBACKS):
                pass
        return read_reference(self.contract, raw, ref_time, load_time)
