"""ARCHITECTURE.md lists the files as they are."""

from tools import house


def test_the_list_of_files_is_current() -> None:
    page = house.PAGE.read_text()
    assert house.written(page) == page, "ARCHITECTURE.md is stale; mend it with: make docs"


def test_every_folder_of_modules_is_listed() -> None:
    listed = {house.ROOT / folder for folder in house.FOLDERS}
    apart = {"tests", "tools", "storage/migrations", "data", ".venv"}
    for module in house.ROOT.glob("**/*.py"):
        folder = module.parent.relative_to(house.ROOT).as_posix()
        if module.name == "__init__.py" or any(folder.startswith(name) for name in apart):
            continue
        assert module.parent in listed, f"{folder}/ is not in tools/house.py"
