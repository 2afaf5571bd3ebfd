"""All faults: whoever imports this has the whole table."""

from tests.faults import (
    bad_networks,
    ended_processes,
    failing_stores,
    floods,
    ill_mannered_peers,
    partitioned,
    scaled_clock,
)
from tests.faults.table import FAULTS

MODULES = (
    bad_networks,
    ended_processes,
    failing_stores,
    floods,
    ill_mannered_peers,
    partitioned,
    scaled_clock,
)

__all__ = ["FAULTS", "MODULES"]
