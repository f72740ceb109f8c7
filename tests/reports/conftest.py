import pytest

from insights.weekly.report import weekly_report
from stores.open import open_store
from tests.support.example_week import BRANDS, example_week


@pytest.fixture(scope="package")
def report(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('week') / 'earshot.sqlite'}")
    example_week(store)
    yield weekly_report(store, week=None, brands=BRANDS)
    store.close()
