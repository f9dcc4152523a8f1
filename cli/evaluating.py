"""`svodka eval`: how well stories and topics are found, on labelled posts; and the fitting of what they are found by."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import eval_claims, eval_search, eval_summaries, feed, shell
from core.errors import UsageError
from core.store import index as index_store
from summarize import embed, evaluate, fitting, frequencies, match, text_pairs, topic_fit
from summarize import text as texts
from summarize.orders import order_fit

app = typer.Typer(help="Measure stories, topics and summaries on labelled posts.", no_args_is_help=True)

FileArgument = Annotated[
    Path | None, typer.Argument(help="a labelled feed, or a file of pairs; default: the sample feed")
]
FeedArgument = Annotated[Path | None, typer.Argument(help="a labelled feed; default: the sample feed")]
#: A list of numbers, which `indent` would give a line each.
_NUMBERS = re.compile(r"\[[-\d.,\s]+\]")

#: Sentences of honest posts that are looked at, of each part.
MOST_SENTENCES = 10_000
#: Of each kind in a file of pairs, one for every fold.
LEAST_PAIRS = 5

app.command()(eval_summaries.summaries)
app.command()(eval_claims.claims)
app.command()(eval_search.search)

JsonOption = Annotated[bool, typer.Option("--json", help="JSON Lines")]


@app.command()
def stories(file: FileArgument = None, *, json_: JsonOption = False) -> None:
    """Precision, recall and F1 of the pairs of posts that are put into one story."""
    shell.settings()
    if file is not None and _is_pairs(file):
        _pairs(file, json_=json_)
        return
    labelled = _labelled(file)
    halves = sorted({label.half for label in labelled.labels.values()})
    wanted = [[half] for half in halves] + ([halves] if len(halves) > 1 else [])
    for chosen in wanted:
        figures = evaluate.stories(labelled, match.weights(), halves=chosen)
        name = "all" if len(chosen) > 1 else chosen[0]
        if json_:
            shell.print_json({"half": name, **_rounded(figures)})
            continue
        print(
            f"{name:<5} {shell.counted(figures.posts, 'post')}, {shell.counted(figures.stories, 'story', 'stories')}, "
            f"{shell.counted(figures.pairs, 'pair')}: "
            f"precision {figures.precision:.3f}, recall {figures.recall:.3f}, "
            f"F1 {figures.f1:.3f} [{figures.low:.3f}, {figures.high:.3f}], "
            f"near-miss pairs joined {len(figures.joined_apart)}"
        )


def _rounded(figures: evaluate.PairFigures) -> dict[str, Any]:
    return {
        "posts": figures.posts,
        "stories": figures.stories,
        "pairs": figures.pairs,
        "precision": round(figures.precision, 4),
        "recall": round(figures.recall, 4),
        "f1": round(figures.f1, 4),
        "interval": [round(figures.low, 4), round(figures.high, 4)],
        "near_miss_joined": len(figures.joined_apart),
    }


def _labelled(file: Path | None) -> evaluate.Labelled:
    if file is None:
        return feed.sample(feed.taxonomy(), embed.local_encoder())
    return feed.labelled(file, feed.taxonomy(), embed.local_encoder())


def _is_pairs(file: Path) -> bool:
    lines = feed.objects(file)
    if not lines:
        raise UsageError(f"{file} is empty")
    return feed.is_pair(lines[0])


def _pairs(file: Path, *, json_: bool) -> None:
    given = [text_pairs.TextPair(a=line["a"], b=line["b"], same=_same(line)) for line in feed.objects(file)]
    same = sum(pair.same for pair in given)
    if min(same, len(given) - same) < LEAST_PAIRS:
        raise UsageError(
            f"{file} has {shell.counted(len(given), 'pair')}, {same} of them the same story: to fit on some and measure on "
            f"others takes at least {LEAST_PAIRS} that are and {LEAST_PAIRS} that are not"
        )
    found = text_pairs.pairs(given, embed.local_encoder())
    if json_:
        names = ("pairs", "same", "f1", "auc", "tfidf_f1", "tfidf_auc", "always_f1", "gain", "low", "high")
        shell.print_json({name: round(getattr(found, name), 4) for name in names})
        return
    print(
        f"{shell.counted(found.pairs, 'pair')}, {found.same} of them the same story; mean of five seeds of 5-fold cross-validation"
    )
    print(f"evidence       F1 {found.f1:.3f}, AUC {found.auc:.3f}")
    print(f"stemmed TF-IDF F1 {found.tfidf_f1:.3f}, AUC {found.tfidf_auc:.3f}")
    print(f"always the same F1 {found.always_f1:.3f}")
    print(f"gain over TF-IDF {found.gain:+.3f} [{found.low:+.3f}, {found.high:+.3f}], paired bootstrap")


def _same(line: dict[str, Any]) -> bool:
    value = line.get("same", line.get("label"))
    return value in (True, 1, "same", "OK", "yes")


@app.command()
def topics(file: FeedArgument = None, *, json_: JsonOption = False) -> None:
    """Micro-averaged precision, recall and F1 of topics."""
    shell.settings()
    labelled = _labelled(file)
    halves = sorted({label.half for label in labelled.labels.values()})
    for half in halves:
        figures = evaluate.topic_figures(labelled, halves=[half])
        if json_:
            each = {slug: list(counts) for slug, counts in figures.each.items()}
            shell.print_json(
                {
                    "half": half, "posts": figures.posts, "precision": round(figures.precision, 4),
                    "recall": round(figures.recall, 4), "f1": round(figures.f1, 4), "each": each,
                }
            )  # fmt: skip
            continue
        print(
            f"{half:<5} {shell.counted(figures.posts, 'post')}: precision {figures.precision:.3f}, recall {figures.recall:.3f}, "
            f"micro-F1 {figures.f1:.3f}"
        )
        for slug, (right, given, there) in figures.each.items():
            print(f"      {slug:<18} {right} right of {given} given, {there} labelled")


@app.command()
def fit(
    files: Annotated[list[Path], typer.Argument(help="labelled feeds to fit on, beside the sample feed's half `fit`")],
    *,
    topics: Annotated[list[Path], typer.Option(help="texts with topics to fit on too, one file each time")] = [],  # noqa: B006  typer copies it
    write: Annotated[bool, typer.Option("--write", help="replace the committed weights")] = False,
) -> None:
    """Fit the weights of stories and topics; prints how those fitted on the other sets do on each set."""
    shell.settings()
    encode = embed.local_encoder()
    sets = {"sample": feed.sample(feed.taxonomy(), encode)}
    sets |= {file.stem: feed.labelled(file, feed.taxonomy(), encode) for file in files}
    figures = fitting.leave_one_out(sets)
    for name, each in figures.items():
        print(f"{name:<12} left out: precision {each.precision:.3f}, recall {each.recall:.3f}, F1 {each.f1:.3f}")
    texts = [feed.texts_with_topics(file, feed.taxonomy()) for file in topics]
    fitted = topic_fit.fit_topics(list(sets.values()), feed.taxonomy(), encode, texts=texts)
    print(f"topics, each set left out: {json.dumps(fitted.figures, ensure_ascii=False)}")
    if write:
        _write("matcher.json", fitting.to_json(fitting.fit(list(sets.values())), figures))
        _write("topics.json", topic_fit.to_json(fitted))


@app.command(name="frequencies")
def count_frequencies(
    *,
    english: Annotated[
        Path | None, typer.Option(help="words of general English with counts, a word, a tab and a number a line")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="replace the committed table")] = False,
) -> None:
    """Count in how many posts of the archive each stem stands: how rare words are."""
    general = _word_counts(english) if english else {}
    found = frequencies.count(shell.run(_clean_texts()), topics=feed.taxonomy(), english=general)
    print(f"{shell.counted(found['posts'], 'post')}, {shell.counted(len(found['stems']), 'stem')}")
    if write:
        _put("frequencies.json", json.dumps(found, ensure_ascii=False, separators=(",", ":")))


async def _clean_texts() -> list[str]:
    async with shell.database() as (_, database), database.begin() as session:
        return [text async for text in index_store.clean_texts(session)]


def _word_counts(file: Path) -> dict[str, int]:
    counts = {}
    for number, line in feed.lines(file):
        word, _, count = line.partition("\t")
        if not count.strip().isdecimal():
            raise UsageError(f"{file}, line {number}, is not a word, a tab and a number: {line[:60]}")
        counts[word] = int(count)
    return counts


@app.command()
def orders(
    labelled: Annotated[list[Path], typer.Argument(help="sentences with labels to fit on")],
    *,
    held_out: Annotated[Path, typer.Option(help="sentences with labels to measure on")],
    honest: Annotated[
        list[Path], typer.Option(help="exports of honest channels, half of each is fitted on; repeat for more")
    ] = [],  # noqa: B006  typer copies it
    write: Annotated[bool, typer.Option("--write", help="replace the committed weights")] = False,
) -> None:
    """Fit how sentences are told that speak to machines; prints how well on sentences that took no part."""
    shell.settings()
    encode = embed.local_encoder()
    own, third, other = _thirds([feed.folder(), *honest])
    fitted = order_fit.fit([item for file in labelled for item in _labelled_sentences(file)], own, third, encode)
    found = order_fit.figures(fitted, _labelled_sentences(held_out), other, encode)
    print(
        f"{shell.counted(found.orders, 'order')}: found {found.found:.3f}, for sure {found.sure:.3f}; wrongly suspected: of "
        f"{shell.counted(found.alike, 'sentence')} that look like one {found.suspected_alike:.3f}, of "
        f"{shell.counted(found.ordinary, 'sentence')} of honest posts {found.suspected:.4f}; AUC {found.auc:.3f}"
    )
    if write:
        _write("orders.json", order_fit.to_json(fitted))


def _labelled_sentences(file: Path) -> list[tuple[str, bool]]:
    try:
        return [(str(line["text"]), bool(line["order"])) for line in feed.objects(file)]
    except KeyError as error:
        raise UsageError(f"{file} is not a file of sentences with labels: a line has no {error}") from None


def _thirds(folders: Sequence[Path]) -> tuple[list[str], list[str], list[str]]:
    """Sentences of honest posts in three parts by channel and time: to fit on, to set the threshold by, to measure on."""
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    for folder in folders:
        found = feed.posts(folder)
        for place, post in enumerate(found):
            # Whole stretches of a channel: neighbouring posts share their turns of phrase.
            part = (0, 0, 1, 2)[4 * place // len(found)]
            parts[part].extend(sentence.text for sentence in texts.sentences(texts.normalise(post.text)))
    kept = [[text for text in dict.fromkeys(part) if 15 < len(text) < 400] for part in parts]
    return kept[0][:MOST_SENTENCES], kept[1][:MOST_SENTENCES], kept[2][:MOST_SENTENCES]


def _write(name: str, value: dict[str, Any]) -> None:
    _put(name, _NUMBERS.sub(lambda row: " ".join(row[0].split()), json.dumps(value, ensure_ascii=False, indent=1)))


def _put(name: str, text: str) -> None:
    target = Path(str(resources.files("summarize"))) / "data" / name
    target.write_text(text + "\n", "utf-8")
    print(f"written to {target}")
