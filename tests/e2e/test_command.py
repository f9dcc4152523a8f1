"""The command as people run it: in processes of its own, on an embedded server of its own, also when it is killed."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "cli" / "sample"
STORY_FIELDS = [
    "id",
    "title",
    "summary",
    "claims",
    "written_by",
    "topics",
    "sources",
    "first_seen",
    "last_seen",
    "posts",
]
POST_FIELDS = ["id", "channel", "message_id", "origin", "origin_url", "url", "date", "text"]


@contextmanager
def folder() -> Iterator[Path]:
    """An empty data directory. Not pytest's own: as root, those are closed to the server's user."""
    made = Path(tempfile.mkdtemp(prefix="svodka-e2e-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory."""
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def archive() -> Iterator[Path]:
    """A data directory with the sample feed, for commands that change nothing; a worker keeps its server up."""
    with folder() as made:
        worker = start(made, "summarize")
        assert svodka(made, "import", str(SAMPLE))[0] == 0
        yield made
        worker.terminate()
        worker.communicate(timeout=60)


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a command: nothing of the caller's settings, and compiled modules kept, as for people."""
    left_out = ("SVODKA_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {
        **kept,
        "SVODKA_DATA_DIR": str(data_dir),
        "SVODKA_LEASE_SECONDS": "2",
        "SVODKA_INDEX_PROCESSES": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def start(data_dir: Path, *words: str) -> subprocess.Popen[str]:
    """Start `svodka WORDS`."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *words],
        env=environment(data_dir),
        cwd=SAMPLE.parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def svodka(data_dir: Path, *words: str) -> tuple[int, str, str]:
    """Run `svodka WORDS` to its end: exit code, output, errors."""
    process = start(data_dir, *words)
    out, error = process.communicate(timeout=240)
    return process.returncode, out, error


def test_demo_prints_a_digest_and_writes_a_page(data_dir: Path) -> None:
    """Where output is no terminal, the digest is plain text, and the page holds the same titles; twice the same."""
    code, first, error = svodka(data_dir, "demo")
    assert (code, error) == (0, "")
    assert first.startswith("Дайджест · 14–17 сентября 2026")
    assert "\x1b" not in first
    shown = html.unescape(re.sub(r"<[^>]+>", "", Path(first.rstrip().rsplit(" ", 1)[1]).read_text("utf-8")))
    page = shown.replace("\u00a0", " ").replace("\u2011", "-").replace("\u2060", "")
    titles = [line[2:] for line in first.splitlines() if line.startswith("• ")]
    assert len(titles) == 12
    assert [title for title in titles if title not in page] == []
    assert svodka(data_dir, "demo") == (0, first, "")


def test_import_that_is_killed_loses_nothing(data_dir: Path) -> None:
    """Killed -9 at random moments and run again, an import ends with every post once, and every story as if unharmed."""
    dice = random.Random(5)
    source = SAMPLE / "exports" / "account"
    for _ in range(2):
        process = start(data_dir, "import", str(source))
        time.sleep(dice.uniform(0.8, 4.0))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert svodka(data_dir, "import", str(source))[0] == 0
    code, out, _ = svodka(data_dir, "import", str(source))
    assert code == 0
    assert out.split(": ")[1].startswith("0 new, 0 changed")
    _, harmed, _ = svodka(data_dir, "stories", "--json")
    svodka(data_dir, "index", "--all")
    assert svodka(data_dir, "stories", "--json")[1] == harmed


def test_sigterm_stops_the_server_too(data_dir: Path) -> None:
    """A command that is asked to stop says so and takes its server along."""
    process = start(data_dir, "import", str(SAMPLE / "exports" / "account"))
    alive = data_dir / "postgres" / "postmaster.pid"
    while not alive.exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1.5)
    process.terminate()
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (143, "svodka: stopped; what was done is kept\n")
    assert not alive.exists()


@pytest.mark.long
def test_two_imports_at_once_share_server_and_work(data_dir: Path) -> None:
    """Two processes that start together on an empty directory both succeed, and no post is there twice."""
    both = [start(data_dir, "import", str(SAMPLE)) for _ in range(2)]
    outputs = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    new = sum(int(line.split(": ")[1].split()[0]) for out, _ in outputs for line in out.splitlines())
    code, out, _ = svodka(data_dir, "index")
    assert code == 0
    assert f"{new} posts in" in out


@pytest.mark.long
def test_json_is_as_documented(archive: Path) -> None:
    """`stories --json`, `digest --format json` and `show --json` print the documented objects, a line each."""
    _, out, _ = svodka(archive, "stories", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert found
    for story in found:
        assert list(story) == STORY_FIELDS
        assert all(list(post) == POST_FIELDS for post in story["posts"])
        assert 1 <= story["sources"] <= len(story["posts"])
    _, out, _ = svodka(archive, "digest", "--since", "2026-09-14", "--until", "2026-09-18", "--format", "json")
    shown = [json.loads(line) for line in out.splitlines()]
    assert shown
    assert {story["id"] for story in shown} <= {story["id"] for story in found}
    _, out, _ = svodka(archive, "show", str(shown[0]["id"]), "--json")
    assert json.loads(out)["id"] == shown[0]["id"]
    largest = max(found, key=lambda story: len(story["posts"]))
    _, out, _ = svodka(archive, "show", str(largest["id"]), "--json")
    assert json.loads(out) == largest, "a story is the same, in the same order, wherever it is printed"
    code, out, _ = svodka(archive, "why", str(largest["id"]))
    assert code == 0
    assert "what joined them" in out
    assert re.search(r"^  and \d+ more links?: `svodka why \d+ --all`", out, re.MULTILINE)
    _, every, _ = svodka(archive, "why", str(largest["id"]), "--all")
    _, out, _ = svodka(archive, "why", str(largest["id"]), "--json")
    assert len(re.findall(r"(?m)^  (?:copy|same|maybe) ", every)) == len(json.loads(out)["links"]) > 12


@pytest.mark.long
def test_an_empty_digest_says_what_to_do(data_dir: Path) -> None:
    """Without posts: import; with posts that are not indexed: index; with posts of other days: which."""
    export = SAMPLE / "exports" / "tensor-vestnik" / "result.json"
    assert "`svodka import PATH`" in svodka(data_dir, "digest")[2]
    svodka(data_dir, "import", "--no-index", str(export))
    assert "`svodka index`" in svodka(data_dir, "digest")[2]
    svodka(data_dir, "index")
    code, _, error = svodka(data_dir, "digest", "--since", "2020-01-01", "--until", "2020-02-01")
    assert code == 0
    proposed = re.fullmatch(r"svodka: the posts are from \S+ to \S+: try `svodka digest --since (\S+)`\n", error)
    assert proposed
    code, out, error = svodka(data_dir, "digest", "--since", proposed[1])
    assert (code, error) == (0, "")
    assert "• " in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["digest", "--since", "yesterdayish"], "'yesterdayish' is not a time"),
        (["digest", "--topic", "cooking"], "there is no topic 'cooking'"),
        (["show", "999999"], "there is no story 999999"),
        (["search", "topic:cooking", "soup"], 'There is no topic "cooking"'),
        (["ask", "why " * 130], "a question has at most 500 characters"),
        (["import", "/nowhere/at/all"], "no such file or folder"),
    ],
)
def test_mistakes_end_as_one_sentence(archive: Path, words: list[str], says: str) -> None:
    """What a person gets wrong is told in a sentence, with exit code 1, and no traceback."""
    code, _, error = svodka(archive, *words)
    assert code == 1
    assert says in error
    assert "Traceback" not in error


def test_questions_on_the_command_line(archive: Path) -> None:
    """An answer with its source; one that is absent, as JSON."""
    code, out, _ = svodka(archive, "ask", "how many days was Orrin-2 7B trained?", "--lang", "en")
    assert code == 0
    assert "41 days" in out
    assert "Veyra AI" in out
    code, out, _ = svodka(archive, "ask", "what about Orrin-9?", "--lang", "en", "--json")
    found = json.loads(out)
    assert (code, found["outcome"], found["sentences"]) == (0, "absent", [])


def test_nothing_to_ask_yet(data_dir: Path) -> None:
    """An empty archive is no archive that does not tell."""
    code, _, error = svodka(data_dir, "ask", "what is new?")
    assert (code, "there are no posts yet" in error) == (1, True)


def test_a_broken_file_is_told_and_the_rest_imported(data_dir: Path, tmp_path: Path) -> None:
    """A truncated export: exit code 1, file and position named, the whole posts before the cut imported."""
    whole = (SAMPLE / "exports" / "tensor-vestnik" / "result.json").read_bytes()
    broken = tmp_path / "result.json"
    broken.write_bytes(whole[: len(whole) // 2])
    code, out, error = svodka(data_dir, "import", "--no-index", str(broken))
    assert code == 1
    assert str(broken) in error
    assert int(out.split(": ")[1].split()[0]) > 0
