"""All faults: whoever imports this has the whole table."""

from tests.faults import ill_mannered_peers
from tests.faults.table import FAULTS

MODULES = (ill_mannered_peers,)

__all__ = ["FAULTS", "MODULES"]
