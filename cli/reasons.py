"""What joined the posts of a story, in words: the links that hold it together first, each post by how it begins.

Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from bot.render import clean, cut
from core.types import ChannelKind, Link, StoredPost

#: So many links are told unless all are asked for: they hold together a story of thirteen posts.
MOST = 12
#: How much of a post is told, in UTF-16 units, and how wide the reasons are set.
START, WIDTH = 60, 100
#: A space at which no line is broken: a name stays with its value.
_TIED = "\u00a0"


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


def place(channel: str, *, dump: bool) -> str:
    """Where a post stands: a channel by its name; a dump is a file and no channel."""
    return f"the file {clean(channel)}" if dump else clean(channel)


def _post(number: int, posts: Mapping[int, StoredPost]) -> str:
    post = posts.get(number)
    if post is None:
        return str(number)
    start = cut(clean(post.text), START)
    where = place(post.channel.name, dump=post.channel.kind is ChannelKind.DUMP)
    return f"{number} {where}: {start or 'no text'}"


def _evidence(link: Link) -> str:
    return clean(
        "; ".join(
            f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in link.reasons.items()
        )
    ).replace(": ", f":{_TIED}")
