"""Records of authors and customers compared: who is found, what is not compared, and that nothing raw is kept."""

import csv
import random
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from actions.identity import decide
from collectors.operator.profiles import read_profiles
from domain.config import LinkingSettings
from domain.customer import LINK_POSTS, Consent, Customer
from domain.errors import InputError
from domain.identity import customer_pseudonym, handle_pseudonym, link_id, party_pseudonym
from domain.link import PROFILE, read_link
from domain.party import Party
from domain.ports import Batch
from domain.post import Author
from domain.terms import Terms
from insights.customers.links import explained
from linking.customers import CustomerLinker
from pipeline.ingest import keep_page
from pipeline.linkage import USED_FOR, compare_records
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.flows import KEY, START, flow_to, make_post

NOW = START + timedelta(days=60)
AGREED = Consent(purpose=LINK_POSTS, given_at=START - timedelta(days=100))
SETTINGS = LinkingSettings()
GIVEN = ("Ada", "Bram", "Cleo", "Dov", "Elif", "Finn", "Gala", "Hugo", "Ines", "Joao", "Kaja", "Lior", "Mila", "Nils")
FAMILY = ("Ashdown", "Brookes", "Castell", "Dunmore", "Eastwick", "Farrow", "Gorse", "Hollis", "Ivers", "Jessop")
TOWNS = ("Northtown", "Hillside", "Millford", "Eastport", "Westbury")
HEADER = ("source", "handle", "customer_number", "party", *PROFILE)


def people(count):
    """Return made-up people: what each writes about itself, always the same."""
    drawn = random.Random(7)
    found = []
    for number in range(count):
        given, family = drawn.choice(GIVEN), drawn.choice(FAMILY) + drawn.choice(("", "son", "ly", "worth"))
        found.append(
            {
                "given_name": given,
                "family_name": family,
                "birth_date": f"{drawn.randint(1940, 2005)}-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}",
                "email": f"{given}.{family}{number}@mail.example".lower(),
                "phone": f"+4477009{number:05}",
                "town": drawn.choice(TOWNS),
                "postcode": f"N{drawn.randint(1, 30)} {drawn.randint(1, 9)}AB",
            }
        )
    return found


def misspelled(person, number):
    """Return what somebody writes in a hurry: one letter less, now and then another address or none."""
    told = dict(person)
    name = told["family_name"]
    told["family_name"] = name[: 1 + number % 4] + name[2 + number % 4 :]
    if number % 3:
        told["email"] = None
    if number % 3 == 1:
        told["phone"] = f"+44 7700 9{number:05}"
    return told


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/earshot.sqlite")) as opened:
        yield opened


@pytest.fixture
def sides(tmp_path):
    """Return two files read as profiles: of the authors and of the customers that are named."""

    def written(name, rows):
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, HEADER)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def read(authors, customers):
        left = [{"source": "zendesk", "handle": f"a{n}"} | person for n, person in authors]
        right = [{"customer_number": f"K-{n}"} | person for n, person in customers]
        return (
            read_profiles(written("authors", left), "authors", key=KEY),
            read_profiles(written("customers", right), "customers", key=KEY),
        )

    return read


def linker(store):
    return CustomerLinker(store, KEY, SETTINGS.purposes, now=lambda: NOW)


def links(store):
    return {(link.author, link.customer): link for link in map(read_link, store.scan("links"))}


def pair(number, other=None):
    other = number if other is None else other
    return handle_pseudonym(KEY, "zendesk", f"a{number}"), customer_pseudonym(KEY, f"K-{other}")


COUNT = 600


@pytest.fixture
def compared(store, sides):
    """Compare six hundred authors with their own records, of whom every tenth customer did not agree."""
    every = people(COUNT)
    keep_records(
        store,
        [Customer(id=customer_pseudonym(KEY, f"K-{n}"), linked_with=AGREED if n % 10 else None) for n in range(COUNT)],
        START,
    )
    authors, customers = sides([(n, misspelled(person, n)) for n, person in enumerate(every)], list(enumerate(every)))
    done = compare_records(store, linker(store), SETTINGS, authors, customers, NOW)
    return done, authors, customers


def test_people_who_misspell_themselves_are_found_and_nobody_else_and_who_did_not_agree_is_not_compared(
    store, compared
):
    done, _, _ = compared
    assert (done.customers, done.not_agreed, done.authors, done.not_ours) == (540, 60, COUNT, 0)
    found = links(store)
    held = {key for key, link in found.items() if link.in_force}
    right = {pair(n) for n in range(COUNT) if n % 10}
    assert held <= right
    assert len(held) >= 0.95 * len(right)
    assert {customer for _, customer in found}.isdisjoint(pair(n)[1] for n in range(0, COUNT, 10))
    one = found[next(iter(held))]
    assert one.evidence[0].until == NOW + USED_FOR == one.expires_at
    assert one.basis == AGREED


def test_nothing_that_people_wrote_is_kept(store, compared, tmp_path):
    kept = repr([list(store.scan(kind)) for kind in ("links", "changes", "audit")]).lower()
    for person in people(20):
        assert not [value for value in person.values() if value.lower() in kept]
    one = next(iter(links(store).values()))
    lines = "\n".join(explained(one, NOW))
    assert "name: the same or alike; speaks for it (+" in lines
    assert "consent to link posts, given" in lines
    assert f"used until {NOW + USED_FOR:%Y-%m-%d}" in lines
    assert "splink" in lines


def test_compared_again_nothing_changes_and_what_a_person_decided_stays(store, compared):
    _, authors, customers = compared
    before = links(store)
    key = link_id(*pair(1))
    decide(store, key, "refused", by="eva", at=NOW)
    again = compare_records(store, linker(store), SETTINGS, authors, customers, NOW)
    after = links(store)
    assert after.pop(pair(1)).state == "refused"
    assert after == {key: link for key, link in before.items() if key != pair(1)}
    assert again.kept.in_force == compared[0].kept.in_force - 1


def test_a_post_of_an_author_that_was_found_is_the_customers(store, compared):
    number = next(n for n in range(COUNT) if pair(n) in links(store) and links(store)[pair(n)].in_force)
    author = Author(id=f"a{number}", handle=f"a{number}")
    post = replace(make_post(1), source="zendesk", author=author)
    keep_page("list", Batch(posts=(post,)), Terms(), replace(flow_to(store), linker=linker(store)))
    [kept] = store.scan("posts")
    assert (kept["customer"]["id"], kept["customer"]["evidence"]) == (pair(number)[1], "record_linkage")
    assert kept["customer"]["reason"].startswith("records alike (")


def test_two_customers_who_write_the_same_are_shared_between_and_wait_for_a_person(store, sides):
    """Twins of one address: either may be the author, so neither is by itself."""
    every = people(200)
    twin = every[0] | {"email": None, "phone": None}
    numbers = [*range(200), 900]
    keep_records(store, [Customer(id=customer_pseudonym(KEY, f"K-{n}"), linked_with=AGREED) for n in numbers], START)
    customers = [(0, twin), *list(enumerate(every))[1:], (900, twin)]
    compare_records(
        store,
        linker(store),
        LinkingSettings(propose=0.4),
        *sides([(0, twin), *list(enumerate(every))[1:]], customers),
        NOW,
    )
    found = links(store)
    assert {found[pair(0)].state, found[pair(0, 900)].state} == {"proposed"}
    assert found[pair(0)].probability == pytest.approx(0.5, abs=0.01)


def test_only_sources_that_are_named_are_compared(store, sides):
    every = list(enumerate(people(50)))
    keep_records(store, [Customer(id=customer_pseudonym(KEY, f"K-{n}"), linked_with=AGREED) for n, _ in every], START)
    settings = LinkingSettings(profiles=("partner",))
    done = compare_records(store, linker(store), settings, *sides(every, every), NOW)
    assert (done.authors, done.not_ours, links(store)) == (0, 50, {})
    with pytest.raises(InputError, match="names no source"):
        compare_records(store, linker(store), LinkingSettings(profiles=()), *sides(every, every), NOW)


def test_of_two_people_on_one_account_the_one_who_agreed_is_compared(store, sides):
    every = people(100)
    people_of = [Party(id=party_pseudonym(KEY, "P-1"), consents=(AGREED,)), Party(id=party_pseudonym(KEY, "P-2"))]
    account = Customer(id=customer_pseudonym(KEY, "K-0"), parties=tuple(one.id for one in people_of))
    keep_records(store, [*people_of, account], START)
    done = compare_records(
        store,
        linker(store),
        SETTINGS,
        *sides([(n, one) for n, one in enumerate(every)], [(0, every[0] | {"party": f"P-{n}"}) for n in (1, 2)]),
        NOW,
    )
    assert (done.customers, done.not_agreed) == (1, 1)


def test_files_without_anything_to_compare_find_nobody(store, sides):
    keep_records(store, [Customer(id=customer_pseudonym(KEY, "K-0"), linked_with=AGREED)], START)
    for person in ({}, {"town": "Northtown"}):
        done = compare_records(store, linker(store), SETTINGS, *sides([(0, person)], [(0, person)]), NOW)
        assert (done.kept.in_force, links(store)) == (0, {})
    done = compare_records(store, linker(store), SETTINGS, *sides([], []), NOW)
    assert done.authors == 0


@pytest.mark.parametrize(
    ("column", "written", "read"),
    [
        ("given_name", " José  María ", "jose maria"),
        ("phone", "+44 7700 900123", "+447700900123"),
        ("phone", "ask me", None),
        ("email", "Ann@Mail.Example", "ann@mail.example"),
        ("postcode", "n1 2ab", "n12ab"),
        ("birth_date", "1990-02-03T00:00:00Z", "1990-02-03"),
        ("birth_date", "3 February", None),
    ],
)
def test_values_are_read_in_one_spelling(sides, column, written, read):
    authors, _ = sides([(0, {column: written})], [])
    assert authors.table[column].to_pylist() == [read]
    assert authors.table["birth_year"].to_pylist() == [read[:4] if read and column == "birth_date" else None]


def test_of_one_author_the_last_record_counts(sides):
    authors, _ = sides([(0, {"town": "Hillside"}), (1, {}), (0, {"town": "Eastport"})], [])
    assert (authors.repeated, authors.table["town"].to_pylist()) == (1, [None, "eastport"])
    assert [authors.who[row] for row in authors.table["row"].to_pylist()] == [
        (handle_pseudonym(KEY, "zendesk", name), "zendesk") for name in ("a1", "a0")
    ]
