"""Puts the chunks of a streamed answer together again, to what the same endpoint would have said at once. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from summarize.model.asking import clean
from summarize.model.heard import Heard, Json, Lost, at, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What chunks have come to. `is_begun`: one was of an answer; `error`: what the endpoint says went wrong."""

    content: str = ""
    refusal: str = ""
    finish: str = ""
    usage: Json | None = None
    error: object = None
    is_begun: bool = False

    @property
    def text(self) -> str:
        """The content as it may be shown: a character of which only a half has come is left out."""
        return clean(self.content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore"))

    def with_chunk(self, chunk: object) -> Gathered:
        """What it is with one more chunk; anything that is none changes nothing."""
        if not isinstance(chunk, dict):
            return self
        # vLLM and its kin tell of errors with and without a wrapping.
        error = chunk.get("error") or (chunk if chunk.get("object") == "error" else None)
        usage = chunk.get("usage")
        known = replace(self, error=self.error or error, usage=usage if isinstance(usage, dict) else self.usage)
        choice = at(chunk, "choices", 0)
        if not isinstance(choice, dict):
            return known
        # What cannot send chunks may send a whole answer as the only one.
        delta = choice.get("delta", choice.get("message"))
        finish = choice.get("finish_reason")
        return replace(
            known,
            content=self.content + words(at(delta, "content")),
            refusal=self.refusal + words(at(delta, "refusal")),
            finish=finish if isinstance(finish, str) and finish else self.finish,
            is_begun=True,
        )

    def heard(self, *, is_done: bool, lost: Lost | None = None) -> Heard:
        """What has been heard once no more comes, since the endpoint `is_done`, or the rest is `lost`."""
        if self.finish or (is_done and not self.error):
            return Heard(status=200, body=json.dumps(self._completion()), grown=self.text)
        if self.error:
            code = at(self.error, "code")
            status = code if type(code) is int and 400 <= code < 600 else 500
            if status < 500 or not self.is_begun:
                return Heard(status=status, body=json.dumps({"error": self.error}), grown=self.text)
        if lost or self.is_begun:
            return Heard(lost=lost or Lost.CUT, grown=self.text)
        return Heard(status=200)

    def _completion(self) -> Json:
        message = {"role": "assistant", "content": self.content, "refusal": self.refusal or None}
        choice = {"index": 0, "message": message, "finish_reason": self.finish or None}
        return {"object": "chat.completion", "choices": [choice] if self.is_begun else [], "usage": self.usage}
