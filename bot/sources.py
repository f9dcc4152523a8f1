"""Who tells a story: posts with one text together, who said it first, how often it was repeated; and that in words.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple

from bot.spans import Kind, Span, clean, cut, first_url, safe_url
from bot.texts import Words
from bot.typography import bound
from core.types import StoryPost

#: Longest name of a channel, in UTF-16 units.
NAME_UNITS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Posts with one text: the post that stands for them, and how often it is repeated.

    `name` is who said it; `name_url` is where the named source itself can be read, `url` where this text can be. `dump`:
    it stands in a text dump.
    """

    lead: StoryPost
    posts: tuple[StoryPost, ...]
    name: str
    forwarded: bool
    dump: bool
    name_url: str | None
    url: str | None


def _group(posts: Sequence[StoryPost]) -> Group:
    lead = _lead(posts)
    origin = clean(lead.origin or "")
    name = origin or clean(lead.channel)
    theirs = [post.origin_url for post in posts if clean(post.origin or "") == name]
    name_url = first_url([lead.origin_url if origin else lead.url, *theirs])
    return Group(
        lead=lead,
        posts=tuple(posts),
        name=name,
        forwarded=bool(origin),
        dump=lead.message_id is None,  # only posts of a dump have no number
        name_url=name_url,
        url=name_url or first_url([lead.url, *(url for post in posts for url in (post.url, post.origin_url))]),
    )


def _groups(told: Iterable[StoryPost]) -> list[Group]:
    """The story's posts by the text they share, in the order of their leads' times."""
    posts = sorted(told, key=_by_time)
    parents = {post.id: post.copy_of for post in posts}
    addresses: dict[str, int] = {}
    for post in posts:  # a forward of a post we have is a copy of it, whether or not it is marked so
        address = safe_url(post.origin_url) if post.origin else safe_url(post.url)
        root = _root(post.id, parents)
        same = _root(addresses.setdefault(address, root), parents) if address else root
        if same != root:
            parents[root] = same
    found: dict[int, list[StoryPost]] = {}
    for post in posts:
        found.setdefault(_root(post.id, parents), []).append(post)
    return [_group(same_text) for same_text in found.values()]


def _by_time(post: StoryPost) -> tuple[datetime, int]:
    return (post.date or post.first_seen, post.id)


def _root(post_id: int, parents: dict[int, int | None]) -> int:
    seen = {post_id}
    while (parent := parents.get(post_id)) is not None and parent not in seen:
        seen.add(parent)
        post_id = parent
    return post_id


def _lead(posts: Sequence[StoryPost]) -> StoryPost:
    """Who said it first: the post that others forward, else a forward (it names its origin), else the first."""
    origins = {clean(post.origin or "") for post in posts} - {""}
    own = [post for post in posts if not post.origin and clean(post.channel) in origins]
    forwards = [post for post in posts if clean(post.origin or "")]
    firsts = [post for post in posts if post.copy_of is None]
    return next(iter(own or sorted(forwards, key=lambda post: post.copy_of is not None) or firsts or posts))


class Ref(NamedTuple):
    """A group of a source with its number among those a story shows; 0 for one that is not cited by a number."""

    group: Group
    number: int


def by_source(posts: Iterable[StoryPost], wanted: Sequence[int]) -> list[list[Group]]:
    """The groups by who said them, each source once: those with a wanted post first, in that order, then by time."""
    groups = _groups(posts)
    groups.sort(key=lambda group: min((wanted.index(p.id) for p in group.posts if p.id in wanted), default=len(wanted)))
    by_name: dict[str, list[Group]] = {}
    for group in groups:
        by_name.setdefault(group.name.casefold(), []).append(group)
    return list(by_name.values())


def numbered(sources: Sequence[Sequence[Group]], cited: set[int]) -> list[list[Ref]]:
    """Every source with its first group, and with those others that a sentence cites; numbered in order."""
    kept = [[g for i, g in enumerate(groups) if i == 0 or cited & {p.id for p in g.posts}] for groups in sources]
    if sum(map(len, kept)) == 1:
        return [[Ref(group, 0) for group in groups] for groups in kept]
    numbers = count(1)
    return [[Ref(group, next(numbers)) for group in groups] for groups in kept]


# --- in words --------------------------------------------------------------------------------------------------------


def source_line(refs: Sequence[Ref], *, hidden: int, said: Words, arrows: bool) -> tuple[Span, ...]:
    """`[1] Имя ← переслано в Имя, ещё 2 копии, [2] другой пост и ещё 1 пост`; with `arrows`, `[1] Имя → Имя и ещё 2 копии, …`.

    A name is a link where one can open. A dump is named as the file that it is, not as a channel: `Имя, из файла Имя`.
    `hidden` counts the source's posts beyond those of `refs`.
    """
    first, number = refs[0]
    spans = [Span(f"[{number}]", Kind.CITE), Span("\u00a0")] if number else []
    if first.dump and not first.forwarded:
        spans.append(Span(f"{said.from_file} "))
    spans.append(_name(first.name, first.name_url, said))
    if first.forwarded and first.dump:
        spans.append(Span(f", {said.from_file} "))
    elif first.forwarded:
        spans.append(Span("\u00a0→ " if arrows else f" ← {said.forwarded} "))
    if first.forwarded:
        spans.append(_name(clean(first.lead.channel), safe_url(first.lead.url), said))
    spans += _copies(first, number, said=said, arrows=arrows)
    for group, other in refs[1:]:
        spans += [Span(", "), Span(f"[{other}]", Kind.CITE), Span("\u00a0"), _link(said.another_post, group.url)]
    if hidden and len(refs) > 1:
        spans.append(Span(bound(f" {said.and_more(hidden, said.posts)}")))
    elif hidden and len(first.posts) > 1:
        spans.append(Span(bound(f" {said.both} {said.count(hidden, said.posts)}")))
    elif hidden:
        spans.append(Span(bound(f", {said.besides(hidden, said.posts)}")))
    return tuple(spans)


def _copies(group: Group, number: int, *, said: Words, arrows: bool) -> list[Span]:
    """How often it was repeated; a link to a copy where the source itself cannot be opened."""
    repeats = len(group.posts) - 1
    if not repeats:
        return []
    alone = said.count(repeats, said.copies)
    if arrows:
        before, text = (" ", said.and_more(repeats, said.copies)) if group.forwarded else ("\u00a0→ ", alone)
    else:
        before, text = (", ", said.besides(repeats, said.copies)) if number or group.forwarded else (" · ", alone)
    unreachable = group.name_url is None and safe_url(group.lead.url) is None
    return [Span(before), _link(bound(text), group.url if unreachable else None)]


def _name(name: str, url: str | None, said: Words) -> Span:
    return _link(cut(name, NAME_UNITS) or said.nameless, url)


def _link(text: str, url: str | None) -> Span:
    return Span(text, Kind.LINK, url) if url else Span(text)
