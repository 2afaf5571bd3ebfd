"""All faults: whoever imports this has the whole table."""

from tests.faults import (
    ended_processes,
    failing_stores,
    ill_mannered_peers,
    partitioned,
    scaled_clock,
)
from tests.faults.table import FAULTS

MODULES = (ended_processes, failing_stores, ill_mannered_peers, partitioned, scaled_clock)

__all__ = ["FAULTS", "MODULES"]
