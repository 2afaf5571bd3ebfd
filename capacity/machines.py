"""From the needs of a community to machines and money: the smallest step that is enough; pure.

The steps are those of docs/scaling.md. A part ends a step when more of it is needed than there is.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from capacity.needs import GIB, Community, Costs, Flow, Load, Machines, argument, flow, load


@dataclass(frozen=True, slots=True)
class Prices:
    """What a month costs, in any currency. The defaults are an example and no offer."""

    price_core: float = argument(5, "of a core")
    price_gib: float = argument(2, "of a GiB of memory")
    price_disk_gib: float = argument(0.1, "of a GiB on the disk of the database")
    price_media_gib: float = argument(0.02, "of a GiB of pictures")
    price_traffic_gib: float = argument(0.01, "of a GiB sent")


STEPS = (
    "1: one process, SQLite",
    "2: one machine, several processes, PostgreSQL",
    "3: several machines, one PostgreSQL with replicas, Valkey, S3",
    "4: partitioned by host and by person",
)
"""As in docs/scaling.md."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A part that ends a step when `used` reaches 1."""

    step: int
    part: str
    used: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What one would run."""

    step: int
    limits: Sequence[Limit]
    """Of this step, the fullest first."""
    now: Flow
    need: Load
    processes: int
    memory_gib: float
    database_machines: int
    machines: int
    money_per_month: float
    money_per_person: float


def limits(who: Community, machines: Machines, sqlite: Costs, postgres: Costs) -> list[Limit]:
    """Return how full each part of each step would be; a step is enough when none is above 1."""
    alone, many = load(who, machines, sqlite), load(who, machines, postgres)
    free, cores = machines.busy_max, machines.machine_cores
    database = many.database_read_cores + many.database_write_cores
    readers = 1 + machines.replicas
    primary = many.database_write_cores + many.database_read_cores / readers
    delivering = alone.app_cores["deliveries"]
    parallel = flow(who, machines.pull_above).deliveries * machines.peak / sqlite.deliveries_per_s
    memory = alone.hot_bytes / GIB + sqlite.process_mib / 1024
    all_memory = many.hot_bytes / GIB
    all_memory += math.ceil(many.all_app_cores / free) * postgres.process_mib / 1024
    network = many.sent_mbit_s / machines.network_mbit_s
    return [
        Limit(1, "one core of Python", alone.all_app_cores / free),
        Limit(1, "deliveries of one process", max(parallel, delivering / free)),
        Limit(1, "disk", alone.written_mib_s / machines.disk_mib_s),
        Limit(1, "memory", memory / machines.machine_gib),
        Limit(2, "cores of one machine", (many.all_app_cores + database) / (free * cores)),
        Limit(2, "disk", many.written_mib_s / machines.disk_mib_s),
        Limit(2, "memory", all_memory / machines.machine_gib),
        Limit(2, "network", network),
        Limit(3, "cores of the database", primary / (free * machines.database_cores)),
        Limit(3, "disk of the database", many.written_mib_s / machines.disk_mib_s),
    ]


def plan(
    who: Community, machines: Machines, prices: Prices, sqlite: Costs, postgres: Costs
) -> Plan:
    """Return the smallest step that is enough, and what it takes."""
    found = limits(who, machines, sqlite, postgres)
    full = {each.step for each in found if each.used > 1}
    step = next((step for step in range(1, len(STEPS)) if step not in full), len(STEPS))
    costs = sqlite if step == 1 else postgres
    need = load(who, machines, costs)
    processes = max(math.ceil(need.all_app_cores / machines.busy_max), 1)
    of_this = [each for each in found if each.step == min(step, len(STEPS) - 1)]
    of_this.sort(key=lambda each: -each.used)
    shards = math.ceil(of_this[0].used) if step == len(STEPS) else 1
    copies = 1 + machines.replicas if step >= len(STEPS) - 1 else 1
    database_gib = need.database_bytes / GIB
    memory = processes * costs.process_mib / 1024 + need.hot_bytes / GIB * copies
    cores = (need.all_app_cores + need.database_read_cores) / machines.busy_max
    cores += need.database_write_cores * copies / machines.busy_max
    database_machines = math.ceil(shards * copies) if step >= len(STEPS) - 1 else 0
    web = math.ceil(processes / machines.machine_cores)
    money = (
        max(cores, 1) * prices.price_core
        + memory * prices.price_gib
        + database_gib * copies * prices.price_disk_gib
        + need.media_bytes / GIB * prices.price_media_gib
        + need.sent_bytes_per_month / GIB * prices.price_traffic_gib
    )
    return Plan(
        step=step,
        limits=of_this,
        now=flow(who, machines.pull_above),
        need=need,
        processes=processes,
        memory_gib=memory,
        database_machines=database_machines,
        machines=web + database_machines if database_machines else 1,
        money_per_month=money,
        money_per_person=money / who.people,
    )


PEOPLE_MOST = 1e10


def people_at(
    part: Limit, who: Community, machines: Machines, sqlite: Costs, postgres: Costs
) -> float:
    """How many people fill a part, all habits staying as they are; bisected, up to 10 billion."""
    low, high = 1.0, PEOPLE_MOST
    for _ in range(60):
        middle = math.sqrt(low * high)
        found = limits(replace(who, people=middle), machines, sqlite, postgres)
        used = next(e.used for e in found if (e.step, e.part) == (part.step, part.part))
        low, high = (low, middle) if used > 1 else (middle, high)
    return math.sqrt(low * high)


def as_data(made: Plan) -> dict[str, Any]:
    """Return a plan for a program."""
    return dataclasses.asdict(made) | {"step_name": STEPS[made.step - 1]}
