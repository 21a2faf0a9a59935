"""What a provider wants back with a part, and how it is kept: the one convention for ``native``.

The ``native`` of a part (events ``Text``, ``Reasoning``, ``ToolCall``, ``File``) is an object with one entry per API,
filed under the name of its message format, so that a conversation made with one provider can go on with another: each
export takes its own entry and leaves the others. The fields in it are the API's own names and values, without what
the part says already (its text, its name, its arguments)::

    {"anthropic": {"signature": "EqQB…"}}                               reasoning: a thinking block
    {"anthropic": {"data": "EmwK…"}}                                    reasoning without text: redacted_thinking
    {"openai-responses": {"id": "rs_1", "encrypted_content": "gAAA…"}}  reasoning: a reasoning item
    {"openai-responses": {"id": "msg_1", "phase": "commentary"}}        text: a message item
    {"openai-responses": {"id": "fc_1"}}                                a call: a function_call item
    {"openai-responses": {"item": {…}}}                                 a call of a tool that the API has run
    {"gemini": {"thought_signature": "CpIB…"}}                          any part; base64, as it is in JSON
    {"gemini": {"part": {…}}}                                           code that was run; its result: a blank text
    {"openai": {"reasoning_field": "reasoning_content"}}                reasoning, under DeepSeek's name for it
    {"anthropic": {"block": {…}}}                                       a server tool's call; its result: a blank text
    {"anthropic": {"container": {"id": …, "expires_at": …}}}            a blank text: where code ran
    {"openai": {"reasoning_details": […]}}                              reasoning, as OpenRouter sends it
    {"openai": {"extra_content": {…}}}                                  a call, as Google's OpenAI endpoint sends it
    {"ai-sdk": {"mistral": {…}}}                                        any part: AI SDK metadata of other providers

One part is one block, or one item, of the API. A reasoning item whose text came as several summaries, or as raw
reasoning, has those too (``summary``, ``content``): the part's text joins them by blank lines.

Knows ``values``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..values import Json


def own(native: Json, format: str) -> dict[str, Json]:  # noqa: A002  # the word that users type
    """The entry of ``format``; empty if there is none, or ``native`` is something else altogether."""
    entry = native.get(format) if isinstance(native, dict) else None
    return entry if isinstance(entry, dict) else {}


def own_text(native: Json, format: str, field: str) -> str | None:  # noqa: A002
    """A field of the entry of ``format`` that must be a text, and not an empty one."""
    value = own(native, format).get(field)
    return value if isinstance(value, str) and value else None
