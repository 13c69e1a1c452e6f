"""The demo's secrets."""

import base64
import json

from cryptography.hazmat.primitives import serialization

from start.keys import kept_keys


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path):
    first = kept_keys(tmp_path / "keys")
    contents = {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    assert kept_keys(tmp_path / "keys") == first
    assert contents == {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_two_checkouts_share_no_secret(tmp_path):
    one, other = kept_keys(tmp_path / "one"), kept_keys(tmp_path / "other")
    assert not set(one.words.values()) & set(other.words.values())
    assert one.merchant_key.read_bytes() != other.merchant_key.read_bytes()


def test_each_secret_has_the_form_that_its_reader_demands(tmp_path):
    environment = kept_keys(tmp_path).environment()
    number, _, encoded = environment["FIELD_KEYS"].partition(":")
    assert (number, len(base64.b64decode(encoded, validate=True))) == ("1", 32)
    assert len(base64.b64decode(environment["BLIND_INDEX_KEY"], validate=True)) == 32
    assert len(environment["WECHAT_API_V3_KEY"]) == 32
    assert len(environment["WECHAT_MERCHANT_SERIAL"]) == 40
    assert environment["WECHAT_PAY_PUBLIC_KEY_ID"].startswith("PUB_KEY_ID_")


def test_the_key_files_hold_two_pairs_and_the_shop_never_gets_wechats_private_key(tmp_path):
    keys = kept_keys(tmp_path)
    pairs = [
        (keys.merchant_key, keys.merchant_public_key),
        (keys.platform_key, keys.platform_public_key),
    ]
    for private, public in pairs:
        key = serialization.load_pem_private_key(private.read_bytes(), password=None)
        assert serialization.load_pem_public_key(public.read_bytes()) == key.public_key()
    assert str(keys.platform_key) not in keys.environment().values()
    assert str(keys.platform_key) in keys.simulator_environment().values()


def test_a_secret_that_a_newer_version_needs_is_added_to_the_kept_ones(tmp_path):
    before = kept_keys(tmp_path).words
    older = {name: word for name, word in before.items() if name != "BLIND_INDEX_KEY"}
    (tmp_path / "words.json").write_text(json.dumps(older))
    after = kept_keys(tmp_path).words
    assert {name: after[name] for name in older} == older
    assert after["BLIND_INDEX_KEY"] != before["BLIND_INDEX_KEY"]
