"""Keys: made up once, kept safe, never lost in silence, never shared out wrongly between processes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import keys, settings
from bot.keys import Keys, KeysError
from db.crypto import Cipher, Hasher, read_key
from tests.ops.project import ROOT

VARIABLES = [settings.variable(name) for name in keys.NAMES]
LOAD = "from pathlib import Path; from bot import keys, settings; k = keys.load(settings.load(Path('.env')));"


def load(folder: Path, **given_keys: str) -> Keys:
    """The keys for a SQLite database in this folder, with these variables set."""
    lines = [f"ARRAIGO_DATA_DIR={folder}", *(f"ARRAIGO_{name}={value}" for name, value in given_keys.items())]
    (folder / "env").write_text("\n".join(lines), "utf-8")
    return keys.load(settings.load(folder / "env"))


def kept(folder: Path) -> Path:
    return folder / f"{settings.DATABASE_FILE}{keys.SUFFIX}"


def complaint(folder: Path, **given_keys: str) -> str:
    with pytest.raises(KeysError) as caught:
        load(folder, **given_keys)
    return str(caught.value)


def test_with_sqlite_keys_are_made_up_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    first = load(tmp_path)
    assert load(tmp_path) == first
    assert stat.S_IMODE(kept(tmp_path).stat().st_mode) == 0o600
    assert len({first.secret, *first.data, *first.care, first.hash}) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == [kept(tmp_path).name, "env"]


def test_made_up_keys_are_what_ciphers_want(tmp_path: Path) -> None:
    made = load(tmp_path)
    cipher = Cipher(made.data)
    assert cipher.open(cipher.seal("hola", "message"), "message") == "hola"
    assert len(Hasher(made.hash).of("phone", "+50370000000")) == 32


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"ARRAIGO_DATA_DIR={tmp_path}/new/var\n")
    keys.load(settings.load(tmp_path / "env"))
    assert stat.S_IMODE((tmp_path / "new/var").stat().st_mode) == 0o700


def test_keys_do_not_show(tmp_path: Path) -> None:
    made = load(tmp_path)
    assert repr(made) == "Keys()"
    assert made.hash not in f"{made}"


def test_a_given_key_comes_first_and_the_kept_one_still_opens(tmp_path: Path) -> None:
    old = load(tmp_path)
    sealed = Cipher(old.data).seal("hola", "message")
    new = keys.make()["data_key"]
    turned = load(tmp_path, DATA_KEY=new)
    assert turned.data == (new, *old.data)
    assert (turned.care, turned.hash, turned.secret) == (old.care, old.hash, old.secret)
    assert Cipher(turned.data).open(sealed, "message") == "hola"


def test_a_kept_key_that_is_also_given_stands_once(tmp_path: Path) -> None:
    old = load(tmp_path)
    assert load(tmp_path, DATA_KEY=old.data[0]).data == old.data


def test_all_given_keys_leave_no_file(tmp_path: Path) -> None:
    made = keys.make()
    given_keys = load(tmp_path, **{name.upper(): key for name, key in made.items()})
    assert given_keys.data == (made["data_key"],)
    assert not kept(tmp_path).exists()


def test_another_hash_key_is_refused(tmp_path: Path) -> None:
    load(tmp_path)
    assert complaint(tmp_path, HASH_KEY=keys.make()["hash_key"]).startswith("ARRAIGO_HASH_KEY: differs")


def test_a_database_without_its_keys_is_an_error_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / settings.DATABASE_FILE).write_bytes(b"SQLite format 3\0")
    assert "Restore your copy" in complaint(tmp_path)
    assert not kept(tmp_path).exists()


def test_a_database_that_needs_only_a_session_key_gets_one(tmp_path: Path) -> None:
    made = keys.make()
    (tmp_path / settings.DATABASE_FILE).write_bytes(b"SQLite format 3\0")
    given_keys = {name.upper(): key for name, key in made.items() if name != "secret_key"}
    assert load(tmp_path, **given_keys).secret == load(tmp_path, **given_keys).secret


@pytest.mark.parametrize("content", [b"", b"# only words\n", b"\xff\xfe", b"ARRAIGO_DATA_KEY=cut", b"what is this"])
def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    kept(tmp_path).write_bytes(content)
    assert str(kept(tmp_path)) in complaint(tmp_path)
    assert kept(tmp_path).read_bytes() == content


def test_a_file_that_lacks_a_key_is_told(tmp_path: Path) -> None:
    load(tmp_path)
    whole = kept(tmp_path).read_text().splitlines(keepends=True)
    kept(tmp_path).write_text("".join(line for line in whole if "CARE" not in line))
    assert "lacks ARRAIGO_CARE_KEY" in complaint(tmp_path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    kept(tmp_path).mkdir()
    assert "Let this user read and write it" in complaint(tmp_path)


def test_a_crash_before_the_file_was_there_leaves_no_harm(tmp_path: Path) -> None:
    unfinished = kept(tmp_path).with_name(kept(tmp_path).name + ".new")
    unfinished.write_text("ARRAIGO_DA")
    load(tmp_path)
    assert not unfinished.exists()


def test_postgresql_needs_every_key_and_is_told_how_to_make_them(tmp_path: Path) -> None:
    lines = complaint(tmp_path, DATABASE_URL="postgresql://u:p@db/x").splitlines()
    assert [line.partition(":")[0] for line in lines] == VARIABLES
    assert all("python -m bot.keys" in line for line in lines)


def test_the_command_that_is_named_prints_a_whole_new_set(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "bot.keys"], cwd=ROOT, capture_output=True, text=True, check=True)
    (tmp_path / ".env").write_text(f"ARRAIGO_DATABASE_URL=postgresql://u:p@db/x\n{done.stdout}")
    made = keys.load(settings.load(tmp_path / ".env"))
    assert done.stdout.splitlines()[-1] == f"ARRAIGO_HASH_KEY={made.hash}"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=32, max_size=90))
def test_a_long_key_of_any_form_is_usable(text: str) -> None:
    usable = keys.full_size(text)
    assert len(read_key(usable)) == 32
    assert keys.full_size(usable) == usable


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ARRAIGO_DATA_DIR={tmp_path}/var\n")
    run = f"{LOAD} print(k.secret, k.data, k.care, k.hash)"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-c", run], cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(said) == 1


def test_threads_racing_inside_one_moment_agree(tmp_path: Path) -> None:
    """Many more tries at the same instant than whole processes can make: `flock` holds per open file."""

    (tmp_path / "env").write_text(f"ARRAIGO_DATA_DIR={tmp_path}/var\n")
    given_settings, together = settings.load(tmp_path / "env"), Barrier(8)

    def at_once(_: int) -> Keys:
        together.wait()
        return keys.load(given_settings)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(at_once, range(8)))) == 1
