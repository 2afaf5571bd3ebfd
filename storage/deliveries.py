"""Deliveries to other servers: those that are held for a host, and what became of the others."""

from storage.records import Delivery
from storage.rows import Rows

DELIVERIES = Rows("deliveries", Delivery)
