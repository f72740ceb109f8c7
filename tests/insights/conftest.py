import pytest

from domain.config import Brand
from stores.open import open_store

NORTH = Brand(key="north", name="Northtel", terms=("northtel",), accounts=("northtel_help",), own=True)
VELA = Brand(key="vela", name="Vela Mobile", terms=("vela",), accounts=("vela",))


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def brands():
    return (NORTH, VELA)
