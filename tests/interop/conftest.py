"""Fixtures of the interop tests: those of federation (`world`), and a Fedify server beside ours."""

from tests.federation.conftest import clock as clock
from tests.federation.conftest import database_template as database_template
from tests.federation.conftest import instance as instance
from tests.federation.conftest import instances as instances
from tests.federation.conftest import internet as internet
from tests.federation.conftest import patience as patience
from tests.federation.conftest import world as world
