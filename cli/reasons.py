"""Why things are as they are, in words: what joined the posts of a story, what was written of it, what became of a post.

Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.spans import clean, cut
from core.filters import FilterAction
from core.store.filters import Met
from core.types import ChannelKind, Indexed, Link, StoredPost
from core.written import Judgement, Summary

#: So many links are told unless all are asked for: they hold together a story of thirteen posts.
MOST = 12
#: How much of a post is told, in UTF-16 units, and how wide the reasons are set.
START, WIDTH = 60, 100
#: A space at which no line is broken: a name stays with its value.
_TIED = "\u00a0"
#: Parts of a rank that are added, or taken away, as they are.
_PARTS = {
    "doubtful": "every post of it may be an advertisement or is a vacancy",
    "filter": "what filters add that meet one of its posts",
}
_STEERS = {FilterAction.BOOST: "raises or sinks", FilterAction.PIN: "pins"}


def holding_first(links: Sequence[Link]) -> list[Link]:
    """Every link: first those that a story needs to stay in one piece, then the others; surest first in each part.

    The first part is a maximum spanning forest (Kruskal), in which a pair that was joined goes before a `maybe`.
    """
    surest = sorted(links, key=lambda link: (link.verdict == "maybe", -link.score, link.first, link.second))
    group: dict[int, int] = {}

    def root(post: int) -> int:
        while (above := group.get(post, post)) != post:
            post = above
        return post

    tree, others = [], []
    for link in surest:
        one, two = root(link.first), root(link.second)
        if one == two:
            others.append(link)
            continue
        group[two] = one
        tree.append(link)
    return tree + others


def lines(links: Sequence[Link], posts: Mapping[int, StoredPost]) -> list[str]:
    """Each link in three parts: verdict, score and one post; the other post; the reasons, wrapped."""
    found = []
    for link in links:
        head = f"  {link.verdict:<5} {link.score:.2f}  "
        indent = " " * len(head)
        found += [head + _post(link.first, posts), indent + _post(link.second, posts)]
        wrapped = textwrap.wrap(_evidence(link), WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
        found += [indent + line.replace(_TIED, " ") for line in wrapped]
    return found


def version(summary: Summary, tz: ZoneInfo) -> str:
    """A version of a summary in a line: language, number, when and by whom, and what the checks found."""
    found = ", ".join(f"{name} {times}" for name, times in sorted(summary.faults.items()))
    state = clean(summary.title) if summary.written else "nothing that held; the posts' own sentences are shown"
    return (
        f"{summary.lang} {summary.version}, {summary.made_at.astimezone(tz):%Y-%m-%d %H:%M}, {summary.prompt}, "
        f"{clean(summary.model)}: {state}" + (f" (checks found: {found})" if found else "")
    )


def part(name: str, value: float, most: float | None) -> str:
    """A part of a story's rank in a line; `most` is None for those that are not counted up to a weight."""
    told = f"of at most {most:.2f}" if most is not None else _PARTS.get(name, "")
    return f"  {name:<11} {value:5.2f}  {told}".rstrip()


def standing(post: StoredPost, indexed: Indexed | None, *, shown: bool, met: Sequence[Met] = ()) -> str:
    """What became of a post, in a sentence; `met`: the filters that met it."""
    if post.deleted:
        return "its channel has deleted it, so it is in no story"
    if indexed is None:
        return "it is not indexed yet: `svodka index` does that"
    if not shown:
        return _hidden(indexed)
    droppers = [str(found.filter_id) for found in met if found.action is FilterAction.DROP]
    if droppers:
        drops = "drops" if len(droppers) == 1 else "drop"
        return f"filter {' and '.join(droppers)} {drops} it, so no digest shows it"
    return _doubt(indexed) + "".join(f"; filter {found.filter_id} {_STEERS[found.action]} its story" for found in met)


def _doubt(indexed: Indexed) -> str:
    if indexed.ad == "grey":
        return "it may be an advertisement, so its story ranks lower"
    return "it may stand in a digest"


def _hidden(indexed: Indexed) -> str:
    if indexed.ad == "ad":
        return "it is an advertisement, so it is in no story and no digest; the archive keeps it"
    if not indexed.clean_text.strip():
        return "nothing but boilerplate, media or links is left of it, so no digest shows it"
    return "its text keeps returning in the channel, so no digest shows it"


def of_post(post: StoredPost, indexed: Indexed | None, said: str, judged: Sequence[Judgement]) -> list[str]:
    """What became of a post and why, line by line."""
    lines_ = [_post(post.id, {post.id: post}), f"  {said}"]
    if indexed is not None and indexed.story_id is not None and indexed.ad != "ad":
        lines_.append(f"  story {indexed.story_id}: `svodka why {indexed.story_id}` tells what it shares with others")
    if indexed is not None and indexed.ad_reasons:
        lines_.append(f"  signs of advertising: {', '.join(map(clean, indexed.ad_reasons))}")
    if indexed is not None and indexed.topics:
        told = ", ".join(f"{slug} {score:.2f}" for slug, score in indexed.topics.items())
        lines_.append(f"  topics: {told}")
    lines_ += [f"  {_judged(found, post.id)}" for found in judged]
    return lines_


def _judged(found: Judgement, post_id: int) -> str:
    others = ", ".join(f"p{other}" for other in found.posts if other != post_id)
    asked = f"whether it tells of one event with {others}" if others else "what it is"
    return f"the model {clean(found.model)} was asked {asked} ({found.made_by}): {found.verdict}, {clean(found.why)}"


def place(channel: str, *, dump: bool) -> str:
    """Where a post stands: a channel by its name; a dump is a file and no channel."""
    return f"the file {clean(channel)}" if dump else clean(channel)


def _post(number: int, posts: Mapping[int, StoredPost]) -> str:
    post = posts.get(number)
    if post is None:
        return f"p{number}"
    start = cut(clean(post.text), START)
    where = place(post.channel.name, dump=post.channel.kind is ChannelKind.DUMP)
    return f"p{number} {where}: {start or 'no text'}"


def _evidence(link: Link) -> str:
    return clean(
        "; ".join(
            f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in link.reasons.items()
        )
    ).replace(": ", f":{_TIED}")
