"""TOML that means harm is refused in a sentence, in the configuration and in mappings."""

import pytest

from collectors.records.posts import read_post_mapping
from configuration.load import load_config
from configuration.toml import MOST_DOTS, read_toml
from domain.errors import ConfigurationError

HARMFUL = {
    "dotted key": "k" + ".w" * 5_000 + " = 1",
    "dotted table": "[" + ".".join(["w"] * 5_000) + "]",
    "quoted parts": '"a=b"' + '."w"' * 5_000 + " = 1",
    "in a table": "a = {k" + ".w" * 5_000 + " = 1}",
    "lists": "a = " + "[" * 5_000,
    "tables": "a = " + "{a=" * 5_000,
    "half a letter": "a = '\udcff'",
}


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("read", [lambda file: load_config(file, {}), lambda file: read_post_mapping(str(file))])
def test_what_means_harm_is_refused_in_a_sentence(tmp_path, name, read):
    file = tmp_path / "harm.toml"
    file.write_bytes(HARMFUL[name].encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=r"harm\.toml is not valid TOML: ") as caught:
        read(file)
    assert "\n" not in str(caught.value)


def test_as_many_dots_as_people_write_are_read():
    assert read_toml(b"a = '" + b"." * MOST_DOTS + b"'\n[b.c]\nd.e = 1", "x")["b"] == {"c": {"d": {"e": 1}}}
