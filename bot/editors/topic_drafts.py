"""What an admin is changing of a topic, as far as it was said: the topic as it will be, and the preview that tells what moves.

Pure. A draft of `bot.editors.editing` holds what changes as `what`: a field, "enabled", "into" (another topic), or "new".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.editors import list_edits
from bot.editors.drafts import Draft
from bot.editors.list_edits import ListEdit
from bot.spans import clean
from core.store.topics import MOST_ABOUT, MOST_PHRASE, MOST_PHRASES, MOST_TITLE
from core.types import Topic

#: This editor's drafts.
OF = "t"
#: What a new topic is asked for, in this order.
STEPS = ("title_ru", "title_en", "about", "names")
#: Steps that wait for words.
WORDS = frozenset(STEPS)


def what(draft: Draft) -> str:
    """What changes."""
    return str(draft.values["what"])


def slug(draft: Draft) -> str:
    """The topic that changes; "" of a new one."""
    return str(draft.values.get("slug", ""))


def page(draft: Draft) -> int:
    """The page of the list where the topic stands."""
    return int(draft.values.get("page", 0))


def into(draft: Draft) -> str:
    """The topic that it goes up in."""
    return str(draft.values.get("into", ""))


def edit(draft: Draft) -> ListEdit:
    """What changes of the description's lines, or of the keywords, as far as it was said."""
    return list_edits.from_json(draft.values["edit"]) if "edit" in draft.values else ListEdit()


def is_fixing(draft: Draft) -> bool:
    """Whether something of a new topic is said anew."""
    return what(draft) == "new" and bool(draft.values.get("fixing"))


def entries(topic: Topic, field: str) -> tuple[str, ...]:
    """The lines of a description, or the keywords."""
    return tuple(topic.about.splitlines()) if field == "about" else topic.names


def new(draft: Draft) -> Topic:
    """A new topic as far as it was said."""
    values = draft.values
    return Topic(
        slug="",
        position=0,
        title_ru=values.get("title_ru", ""),
        title_en=values.get("title_en", ""),
        about="\n".join(values.get("about", ())),
        names=tuple(values.get("names", ())),
        stems=(),
    )


def changed(draft: Draft, topic: Topic) -> Topic:
    """The topic with what the draft changes of it."""
    match what(draft):
        case "about":
            return replace(topic, about="\n".join(edit(draft).applied(entries(topic, "about"))))
        case "names":
            return replace(topic, names=edit(draft).applied(topic.names))
        case "enabled":
            return replace(topic, enabled=bool(draft.values["enabled"]))
        case _:
            return topic


def asked(draft: Draft, topic: Topic | None) -> dict[str, Any]:
    """The request that tells what the change would move; `topic` is None of a new one."""
    if topic is None:
        made = new(draft)
        return {
            "topic": {
                "title_ru": made.title_ru,
                "title_en": made.title_en,
                "about": made.about,
                "names": list(made.names),
            }
        }
    after = changed(draft, topic)
    change: dict[str, Any] = {"slug": topic.slug}
    match what(draft):
        case "about":
            change["about"] = after.about
        case "names":
            change["names"] = list(after.names)
        case "enabled":
            change["enabled"] = after.enabled
    return {"topic": change, **({"merge_into": into(draft)} if what(draft) == "into" else {})}


def logged(topic: Topic, field: str) -> Mapping[str, Any]:
    """A field as the admins' log has it."""
    match field:
        case "about":
            return {"about": topic.about}
        case "names":
            return {"names": list(topic.names)}
        case "enabled":
            return {"enabled": topic.enabled, "merged_into": topic.merged_into}
        case "title_ru":
            return {"title_ru": topic.title_ru}
        case "title_en":
            return {"title_en": topic.title_en}
        case _:
            return {
                "title_ru": topic.title_ru,
                "title_en": topic.title_en,
                "about": topic.about,
                "names": list(topic.names),
                "stems": list(topic.stems),
            }


def titled(typed: str) -> str:
    """A title as it is kept: one line of visible text."""
    return clean(typed)


def is_title(title: str) -> bool:
    """Whether a title can be kept."""
    return 0 < len(title) <= MOST_TITLE


def are_kept(found: Sequence[str], field: str) -> bool:
    """Whether a description's lines, or keywords, can be kept."""
    if field == "about":
        return 0 < len("\n".join(found)) <= MOST_ABOUT
    return len(found) <= MOST_PHRASES and all(len(phrase) <= MOST_PHRASE for phrase in found)
