"""A digest as one self-contained HTML page that looks like a bot's messages in a Telegram chat on a phone.

No scripts, no requests: the content security policy allows nothing but the page's own style sheet.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from bot.blocks import Block, Heading, Note, StoryBlock, local, render_blocks
from bot.select import Digest
from bot.spans import Kind, Span, clean, safe_url, units
from bot.texts import Words, words

#: A name with its version: a row that ended at the hyphen would part them.
_VERSIONED = re.compile(r"(?<![\w&#-])\w{1,16}-\d[\w.]{0,16}(?![\w-])")

#: Telegram's longest message, in UTF-16 units.
MESSAGE_UNITS = 4096

# Shapes of our own, drawn once and repeated behind the chat: a plane, a node graph, a bubble, a star, a chip, a wave.
_PATTERN = """<svg xmlns='http://www.w3.org/2000/svg' width='220' height='220' fill='none' stroke='#000'
 stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M18 40l42-18-13 40-9-16zM38 46l22-24'/>
<path d='M118 24a8 8 0 1 1-.1 0M150 50a6 6 0 1 1-.1 0M112 66a5 5 0 1 1-.1 0M125 37l19 14M116 40l-3 25M117 69l27-10'/>
<path d='M176 96h28a8 8 0 0 1 8 8v14a8 8 0 0 1-8 8h-18l-10 9z M184 108h18M184 116h11'/>
<path d='M40 96l6 13 14 2-10 10 2 14-12-7-12 7 2-14-10-10 14-2z'/>
<path d='M100 116h34v34h-34zM110 126h14v14h-14zM108 116v-8M117 116v-8M126 116v-8M108 158v-8M117 158v-8M126 158v-8
M100 124h-8M100 133h-8M100 142h-8M142 124h-8M142 133h-8M142 142h-8'/>
<path d='M14 188q9-18 18 0t18 0 18 0'/><path d='M170 172a15 15 0 1 1-.1 0M170 180v8l6 4'/>
<path d='M96 190l10 10 18-20'/><path d='M196 30v16M188 38h16'/><path d='M78 84v10M73 89h10'/></svg>"""

_STYLE = """
:root{color-scheme:light dark;
--back:linear-gradient(160deg,#dbddbb 0%,#88b884 38%,#d5d88d 68%,#6ba587 100%);--ink:#1d3a1f;--faint:.13;
--bubble:#fff;--text:#0f1419;--muted:#707579;--link:#1a7bb9;--bar:#fff;--line:#e4e7ea;--rule:#e3e6e8;--pill:rgba(54,92,56,.62);
--shade:0 1px 2px rgba(16,35,47,.16);--side:#c7d8bd}
@media (prefers-color-scheme:dark){:root{
--back:linear-gradient(160deg,#0c1520 0%,#15222f 45%,#101923 70%,#182a38 100%);--ink:#7fa7c7;--faint:.1;
--bubble:#1e2c3a;--text:#f1f4f6;--muted:#8fa0ae;--link:#6bb7f0;--bar:#17212b;--line:#0d151c;--rule:#324354;--pill:rgba(70,98,124,.55);
--shade:0 1px 2px rgba(0,0,0,.3);--side:#090f15}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;background:var(--side)}
body{margin:0 auto;max-width:480px;min-height:100vh;position:relative;background:var(--back) fixed;color:var(--text);
font:16px/1.38 -apple-system,BlinkMacSystemFont,Roboto,"Segoe UI","Noto Sans","Helvetica Neue",Arial,sans-serif}
body::before{content:"";position:absolute;inset:0;background:var(--ink);opacity:var(--faint);pointer-events:none;
-webkit-mask:url("PATTERN") 0 0/240px;mask:url("PATTERN") 0 0/240px}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
.bar{position:sticky;top:0;z-index:2;display:flex;align-items:center;gap:12px;padding:8px 14px;background:var(--bar);
border-bottom:1px solid var(--line)}
.face{flex:none;width:42px;height:42px;border-radius:50%;display:grid;place-items:center;color:#fff;font-size:20px;
font-weight:600;background:linear-gradient(#6cc1f0,#3a8fd0)}
.who{min-width:0;line-height:1.25}
.who h1{margin:0;font-size:17px;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.who p{margin:0;font-size:14px;color:var(--muted)}
main{position:relative;padding:8px 8px 20px}
.day,.topic{display:table;margin:12px auto 8px;padding:4px 11px;max-width:92%;border-radius:14px;
background:var(--pill);color:#fff;font-size:14px;font-weight:600;line-height:1.35;text-align:center}
.topic{margin-top:18px;overflow-wrap:anywhere}
.bubble{position:relative;width:fit-content;min-width:120px;max-width:calc(100% - 24px);margin:0 0 4px 8px;
padding:8px 12px 7px;border-radius:16px 16px 16px 5px;background:var(--bubble);box-shadow:var(--shade)}
.bubble.tail{margin-bottom:8px;border-bottom-left-radius:0}
.bubble.tail::before{content:"";position:absolute;left:-8px;bottom:0;width:9px;height:17px;background:var(--bubble);
clip-path:path("M9 0v17H1.2C.2 17 -.2 15.9 .6 15.3 5.2 12 8.6 6.5 9 0z")}
.head{margin:0;font-weight:600}
.bubble p{margin:0}
article+article{margin-top:13px;padding-top:12px;border-top:1px solid var(--rule)}
article h3{margin:0 0 3px;font-size:16px;font-weight:600;line-height:1.3}
article,.head{overflow-wrap:anywhere}
.cite{font-size:11px;line-height:0;vertical-align:super;white-space:nowrap;font-variant-numeric:tabular-nums}
.when,.name{white-space:nowrap}
.mark{color:var(--muted);font-size:13px}
.from,details{margin-top:5px!important;color:var(--muted);font-size:13.5px;line-height:1.4}
.from .cite,details .cite{font-size:inherit;vertical-align:baseline;line-height:inherit}
details{margin-top:2px!important}
summary{width:fit-content;cursor:pointer;color:var(--link);padding:2px 0}
details ul{margin:2px 0 2px;padding:0 0 0 11px;list-style:none;border-left:3px solid var(--link)}
details li{padding:1px 0}
.time{display:block;margin-top:1px;text-align:right;font-size:12px;line-height:1.2;color:var(--muted)}
"""


def page(digest: Digest, *, now: datetime, tz: ZoneInfo, title: str) -> str:
    """The digest as an HTML document; `title` is the bot's name and the document's, `now` (aware) the sending time."""
    said = words(digest.lang)
    name = clean(title) or said.digest
    style = _STYLE.replace("PATTERN", _data_url(_PATTERN))
    sent = local(now, tz)
    body = "\n".join(_messages(render_blocks(digest, now=now, tz=tz), sent))
    return f"""<!DOCTYPE html>
<html lang="{said.lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(name)}</title>
<style>{style}</style>
</head>
<body>
{_bar(name, said)}
<main>
<time class="day" datetime="{sent.date().isoformat()}">{escape(said.day(sent, year=False))}</time>
{body}
</main>
</body>
</html>
"""


def bubbles(stories: Iterable[StoryBlock]) -> list[list[StoryBlock]]:
    """Stories in messages: as many in each as Telegram's limit allows, none cut in two."""
    messages: list[list[StoryBlock]] = []
    used = 0
    for story in stories:
        size = _size(story)
        if not messages or used + size > MESSAGE_UNITS:
            messages.append([])
            used = 0
        messages[-1].append(story)
        used += size
    return messages


def _size(story: StoryBlock) -> int:
    """UTF-16 units of a story's visible text with the breaks around it, a little too many rather than too few."""
    lines = [(story.title,), *story.sentences, *story.sources, *story.further]
    return (
        sum(units(span.text) for line in lines for span in line) + 3 * len(lines) + units(story.more + story.when) + 8
    )


def _messages(blocks: Iterable[Block], sent: datetime) -> Iterator[str]:
    """Every block in its place: headings between the bubbles, the stories that follow one in bubbles."""
    waiting: list[StoryBlock] = []
    for block in blocks:
        if isinstance(block, StoryBlock):
            waiting.append(block)
            continue
        yield from _flush(waiting, sent)
        waiting = []
        if isinstance(block, Note):
            yield _bubble(f"<p>{escape(block.text)}</p>", sent, tail=True)
        else:
            yield _heading(block, sent)
    yield from _flush(waiting, sent)


def _flush(stories: list[StoryBlock], sent: datetime) -> Iterator[str]:
    messages = bubbles(stories)
    for index, message in enumerate(messages, 1):
        yield _bubble("\n".join(map(_article, message)), sent, tail=index == len(messages))


def _heading(block: Heading, sent: datetime) -> str:
    if block.level == 1:
        return _bubble(f'<p class="head">{escape(block.text)}</p>', sent, tail=True)
    return f'<h2 class="topic" dir="auto">{escape(block.text)}</h2>'


def _bubble(inner: str, sent: datetime, *, tail: bool) -> str:
    time = f'<time class="time" datetime="{sent.isoformat(timespec="minutes")}">{sent:%H:%M}</time>'
    return f'<section class="bubble{" tail" if tail else ""}">\n{inner}\n{time}\n</section>'


def _article(story: StoryBlock) -> str:
    sentences = " ".join(map(_spans, story.sentences))
    text = f"\n<p>{sentences}</p>" if sentences else ""
    when = f'<span class="when">{escape(story.when)}</span>'
    line = "&nbsp;· ".join([*map(_spans, story.sources), when])
    title = f'<h3 dir="auto">{_span(story.title)}</h3>'
    return f'<article>\n{title}{text}\n<p class="from">{line}</p>{_details(story)}\n</article>'


def _details(story: StoryBlock) -> str:
    if not story.more:
        return ""
    items = "".join(f"<li>{_spans(source)}</li>" for source in story.further)
    return f"\n<details><summary>{escape(story.more)}</summary><ul>{items}</ul></details>"


def _spans(spans: Iterable[Span]) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    """A stretch as HTML. The address is checked here again: this is the last door."""
    lang = f' lang="{escape(span.lang)}"' if span.lang else ""
    text = _VERSIONED.sub(r'<span class="name">\g<0></span>', escape(span.text))
    if lang or span.kind is Kind.LINK:
        text = f"<bdi{lang}>{text}</bdi>"
    if span.kind is Kind.MARK:
        return f'<span class="mark">{text}</span>'
    css = ' class="cite"' if span.kind is Kind.CITE else ""
    if url := safe_url(span.url):
        return f'<a{css} href="{escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'
    return f"<span{css}>{text}</span>" if css else text


def _bar(name: str, said: Words) -> str:
    initial = next((char for char in name if char.isalnum()), "•").upper()
    return (
        f'<header class="bar"><span class="face" aria-hidden="true">{escape(initial)}</span>'
        f'<div class="who"><h1>{escape(name)}</h1><p>{escape(said.bot)}</p></div></header>'
    )


def _policy(style: str) -> str:
    """Nothing but this very style sheet and pictures written into it."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _data_url(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
