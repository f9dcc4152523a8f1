"""Brains that read the posts in a prompt and write of them as a model would: truthfully, or with inventions."""

import inspect
import re
from dataclasses import dataclass, field
from itertools import cycle, zip_longest

from summarize.text import sentences
from tests.fakes.openai.requests import Brain, Json, Request

_POST = re.compile(
    r"^\[\[(\w+) post (\d+) \| channel: ([^\n]*?) \| [^\n]*\]\]\n(.*?)\n\[\[\1 end of post \2\]\]$",
    re.DOTALL | re.MULTILINE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A post as the model sees it."""

    number: int
    channel: str
    text: str


def posts_in(prompt: str) -> list[Shown]:
    """The posts of a prompt, in their order."""
    return [Shown(number=int(match[2]), channel=match[3], text=match[4]) for match in _POST.finditer(prompt)]


def statements(post: Shown) -> list[str]:
    """What a post says, sentence by sentence: nothing in brackets of ours, no questions, no calls, no fragments."""
    found = []
    for sentence in sentences(post.text):
        text = " ".join(sentence.text.lstrip("•–—- ").split())
        if 30 <= len(text) <= 300 and text[-1] in ".!" and text[0].isupper() and "[" not in text and "://" not in text:
            found.append(text)
    return found


def honest(request: Request) -> Json | str:
    """Writes what the posts say, in their own words: a true and dull model."""
    schema = request.schema or {}
    wanted = schema.get("properties", {}).keys()
    if "claims" in wanted:
        return summary(posts_in(request.user))
    if "answered" in wanted:
        return answer(question_in(request.user), posts_in(request.user))
    if "shared" in wanted:
        return {"verdict": "unsure", "shared": "", "why": "the posts do not say enough"}
    if "sentences" in wanted:
        numbers = re.findall(r"^(\d+)\. ", request.user, re.MULTILINE)
        return {"sentences": [{"number": int(number), "verdict": "yes"} for number in numbers]}
    return {"verdict": "unsure", "why": "cannot tell"}


_QUESTION = re.compile(r"^\[\[(\w+) question\]\]\n(.*?)\n\[\[\1 end of question\]\]$", re.DOTALL | re.MULTILINE)
#: Of a question's words so many letters are compared, as a reader with little Russian would.
_STEM = 4
#: What only asks.
_ASKING = frozenset(
    "что как кто где когда какой какая какие сколько почему чем про нового известно статья чём расскажи what how who where when which"
    " why much many about new known paper the was were".split()
)
#: An identifier stands in no sentence: whoever found the post by it knows that it is meant.
_IDENTIFIER = re.compile(r"\S*\d{4}\.\d{4,5}\S*|\S+/\S+")


def question_in(prompt: str) -> str:
    """The question of a prompt."""
    found = _QUESTION.search(prompt)
    assert found is not None, "a question stands in every such prompt"
    return found[2]


def answer(question: str, posts: list[Shown]) -> Json:
    """The one to three sentences that share most with the question, of posts that hold every name and number of it; where none
    shares a word besides, that nobody tells. Who asks for nothing but a thing, or by an identifier, is told how a post begins.
    """
    names, words = _asked(_IDENTIFIER.sub(" ", question))
    told = [
        (len(words & _stems(text)) or not words, -post.number, -place, post.number, text)
        for post in posts
        if names <= _stems(post.text)
        for place, text in enumerate(statements(post))
    ]
    best = sorted((one for one in told if one[0]), reverse=True)[:3]
    sentences_ = [{"text": text, "posts": [number], "kind": "attributed"} for *_, number, text in best]
    return {"answered": bool(best), "sentences": sentences_, "follow_ups": []}


def _asked(question: str) -> tuple[set[str], set[str]]:
    """The beginnings of a question's names and numbers, and of its other words."""
    first = re.match(r"\W*\w+", question)
    names = {word for word in re.findall(r"\w+", question) if any(c.isdigit() or c.isupper() for c in word)}
    if first is not None and first[0].strip().istitle():
        names.discard(first[0].strip())
    stems = _stems(" ".join(names))
    return stems, _stems(question) - stems


def _stems(text: str) -> set[str]:
    words = re.findall(r"\w*\d\w*|\w{3,}", text.lower())
    return {word[:_STEM] for word in words if word not in _ASKING}


def summary(posts: list[Shown]) -> Json:
    """A summary of the posts' own sentences: a title, a gist, up to five claims, one post after the other."""
    said = [[(post.number, text) for text in statements(post)] for post in posts]
    rest = [item for row in zip_longest(*said) for item in row if item is not None]
    if not rest:
        plain = " ".join(posts[0].text.split())[:70] if posts else "nothing"
        return {
            "title": plain,
            "gist": {"text": plain, "posts": [1]},
            "claims": [],
            "topics": ["llm"],
            "language": "ru",
        }
    number, opening = rest[0]
    return {
        "title": opening[:80].rsplit(" ", 1)[0] if len(opening) > 80 else opening.rstrip("."),
        "gist": {"text": opening, "posts": [number]},
        "claims": [{"text": text, "posts": [place], "kind": "attributed"} for place, text in rest[1:6]],
        "topics": ["llm", "agents"],
        "language": "ru",
    }


@dataclass(frozen=True, kw_only=True)
class KnownStory:
    """A story of the sample feed as an editor knows it: titles and facts by language, facts with what they are told by."""

    name: str
    words: frozenset[str]
    titles: dict[str, str]
    facts: tuple[Json, ...]


@dataclass
class Editor:
    """Knows the stories of the sample feed, and writes of each what its labelled facts say, in the language asked for."""

    stories: list[KnownStory]

    def __call__(self, request: Request) -> Json | str:
        if "claims" not in (request.schema or {}).get("properties", {}):
            return honest(request)
        posts = posts_in(request.user)
        lang = "ru" if "in Russian" in request.system else "en"
        words = _words(" ".join(post.text for post in posts))
        story = max(self.stories, key=lambda known: len(words & known.words) / len(words | {""}))
        said = [
            {"text": fact["text_ru" if lang == "ru" else "text"], "posts": found, "kind": "agreed"}
            for fact in story.facts
            if (found := [post.number for post in posts if tells(fact["any"], post.text)])
        ]
        if not said or len(words & story.words) < 0.6 * len(words):
            return honest(request)
        gist, *claims = said
        return {"title": story.titles[lang], "gist": gist, "claims": claims, "topics": ["llm"], "language": lang}


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]{4,}", text.lower()))


def tells(groups: list[list[str]], text: str) -> bool:
    """Has the text one string of each group?"""
    plain = " ".join(text.casefold().split())
    return all(any(" ".join(one.casefold().split()) in plain for one in group) for group in groups)


def known_stories(facts: list[Json], posts: dict[str, list[str]]) -> list[KnownStory]:
    """The stories of a file of key facts; `posts`: the texts of each."""
    return [
        KnownStory(
            name=line["story"],
            words=_words(" ".join(posts[line["story"]])),
            titles={"ru": line["title_ru"], "en": line["title_en"]},
            facts=tuple(line["facts"]),
        )
        for line in facts
    ]


@dataclass
class Inventor:
    """Writes as another brain does, but makes one claim in three up; keeps what was true and what was made up."""

    of: Brain = honest
    true: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self._tricks = cycle((self.number, self.name, self.quote, self.link, self.magnitude, self.version))

    def __call__(self, request: Request) -> Json | str:
        answer = self.of(request)
        assert not inspect.isawaitable(answer)
        if isinstance(answer, str) or "claims" not in answer:
            return answer
        for claim in (answer["gist"], *answer["claims"]):
            self._count += 1
            if self._count % 3:
                self.true.append(claim["text"])
            else:
                claim["text"] = next(self._tricks)(claim["text"])
                self.made_up.append(claim["text"])
        return answer

    def number(self, text: str) -> str:
        """A number that is not there."""
        if not _NUMBER.search(text):
            return text.rstrip(".!") + ", это на 73,6 % больше, чем раньше."
        return _NUMBER.sub(lambda match: match[0] + "7", text, count=1)

    def name(self, text: str) -> str:
        return text.rstrip(".!") + ", подтвердил Игорь Заблудшев из Quorvexa Labs."

    def quote(self, text: str) -> str:
        return text.rstrip(".!") + ": «мы сами не ожидали такого результата»."

    def link(self, text: str) -> str:
        return text.rstrip(".!") + ", подробности на https://quorvexa.example/news."

    def magnitude(self, text: str) -> str:
        return text.rstrip(".!") + ", на это ушло 912 млрд долларов."

    def version(self, text: str) -> str:
        return text.rstrip(".!") + ", а следом выйдет Quorvexa-9.1."
