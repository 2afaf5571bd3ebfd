"""People who act in these tests."""

from tests.usecases.acting import alice as alice
from tests.usecases.acting import ben as ben
from tests.usecases.acting import bob as bob
