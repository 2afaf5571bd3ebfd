"""Operations for migrations that Tortoise has not: SQL that differs between the databases."""

from collections.abc import Sequence

from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class RunSQLOfEach(RunSQL):
    """Run statements, others on SQLite than on PostgreSQL."""

    def __init__(self, *, sqlite: Sequence[str], postgres: Sequence[str]) -> None:
        super().__init__([])
        self._statements = {"sqlite": list(sqlite), "postgres": list(postgres)}

    async def _run_sql(self, state_editor: BaseSchemaEditor, sqls: Sequence[str]) -> None:
        del sqls
        dialect = state_editor.client.capabilities.dialect
        await super()._run_sql(state_editor, self._statements[dialect])
