"""Agents behind a URL over real HTTP: recorded bytes whole and byte by byte, and servers that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import turnwise
from live import Conversation
from recorded import fold, lines, scenario, stem
from sketch import sketch
from sources.adk_server import SOURCE as ADK
from sources.ag_ui import SOURCE as AG_UI
from sources.ai_sdk import SOURCE as AI_SDK
from sources.ai_sdk import is_answer
from sources.prism import SOURCE as PRISM
from sources.turnwise_sse import SOURCE as TURNWISE
from turnwise import AGUI, AISDK, ADKServer, ApprovalResponse, Prism, Transcript, TurnwiseSSE, adapter_for
from wire_server import Answer, WireServer, sse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recorded import Source
    from turnwise import Adapter, Run

HEADER = {"x-vercel-ai-ui-message-stream": "v1"}
SPEAKERS: list[tuple[Source, Callable[..., Adapter]]] = [
    (AI_SDK, AISDK),
    (AG_UI, AGUI),
    (PRISM, Prism),
    (TURNWISE, TurnwiseSSE),
]
CASES = [
    pytest.param(source, speaker, path, id=f"{source.folder}-{stem(path)}")
    for source, speaker in SPEAKERS
    for path in source.recordings
    if not stem(path).endswith((".I", ".G"))  # they end with a question, or where the client hung up
    and ".G." not in stem(path)
]
IN_BYTES = ("A", "v7.A", "v7.I2.approve", "v7.K3", "pydantic-ai.B", "langgraph.C2", "langgraph.I2.approve")


def answers(path: Path, crumb: int | None = None) -> list[Answer]:
    """The HTTP responses of a recording."""
    if path.suffix == ".txt":
        return [Answer(path.read_bytes(), crumb=crumb)]
    out: list[Answer] = [Answer(crumb=crumb, headers=HEADER if "ai-sdk" in path.parts else {})]
    for record in lines(path):
        kind = record.get("kind", "")
        if is_answer(kind) or kind.startswith("second run"):
            out.append(replace(out[-1], body=b""))
        elif record["type"] != "_meta":
            event = record["event"]
            data = event if isinstance(event, str) else json.dumps(event)
            out[-1] = replace(out[-1], body=out[-1].body + f"data: {data}\n\n".encode())
    return out


async def replayed(speaker: Callable[..., Adapter], path: Path, crumb: int | None = None) -> str:
    decision = "denied" if "deny" in path.name else "approved"
    with WireServer(answers(path, crumb), gets={}) as server:
        asked = speaker is not TurnwiseSSE  # which is answered where the agent is
        chat = Conversation(speaker(server.url), answers=[ApprovalResponse(decision)] if asked else ())
        await ask_all(chat, path)
        return chat.sketch


async def ask_all(chat: Conversation, path: Path) -> None:
    """The prompts of a recording."""
    for _ in range(2 if scenario(path) == "M" else 1):
        await chat.ask("prompt")


def told(text: str) -> str:
    """Without what a truncated run says of the server's address."""
    return re.sub(r"^run truncated .*", "run truncated", text, flags=re.MULTILINE)


@pytest.mark.parametrize(("source", "speaker", "path"), CASES)
async def test_recorded_bytes_lead_to_the_recordings_transcript(
    source: Source, speaker: Callable[..., Adapter], path: Path
) -> None:
    expected = told(sketch(Transcript(fold(source, path))))
    assert told(await replayed(speaker, path)) == expected
    if stem(path) in IN_BYTES:
        assert told(await replayed(speaker, path, crumb=1)) == expected


DONE = {
    AISDK: sse(
        {"type": "start"},
        {"type": "start-step"},
        {"type": "text-delta", "id": "0", "delta": "Hi."},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop"},
    ),
    AGUI: sse(
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Hi."},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
        done=False,
    ),
    Prism: b"event: stream_start\ndata: {}\n\nevent: step_start\ndata: {}\n\n"
    b'event: text_delta\ndata: {"delta": "Hi."}\n\nevent: step_finish\ndata: {}\n\n'
    b'event: stream_end\ndata: {"finish_reason": "Stop"}\n\n',
    TurnwiseSSE: b'event: run_start\ndata: {"type": "run_start", "runId": "r"}\n\n'
    b'event: text_delta\ndata: {"type": "text_delta", "turnId": "t", "partId": "p", "text": "Hi."}\n\n'
    b'event: run_finish\ndata: {"type": "run_finish", "status": "complete"}\n\n',
}
"""An answer of each protocol."""

EACH = pytest.mark.parametrize("speaker", DONE, ids=lambda speaker: speaker.__name__)


def cut(body: bytes) -> bytes:
    """Up to the text."""
    at = body.index(b"Hi.")
    return body[: body.index(b"\n\n", at) + 2]


async def ask(agent: Any, prompt: str = "prompt", adapter: Any = None) -> Run:
    """One run by itself; what the server says that nobody knows is a notice, as for a user."""
    stream = turnwise.stream(agent, prompt, adapter=adapter)
    async for _ in stream:
        pass
    return stream.run


@EACH
@pytest.mark.parametrize("end", ["whole", "drop"])
async def test_a_reply_without_its_last_word_is_truncated(speaker: Any, end: Any) -> None:
    with WireServer([Answer(cut(DONE[speaker]), end=end)], gets={}) as server:
        run = await ask(speaker(server.url))
        posts = [request for request in server.requests if request.method == "POST"]
    assert (run.status, run.final_text) == ("truncated", "Hi.")
    assert run.error is not None
    assert len(posts) == 1, "the prompt is never sent twice"


@EACH
async def test_the_end_counts_when_the_connection_is_lost_after_it(speaker: Any) -> None:
    with WireServer([Answer(DONE[speaker].removesuffix(b"data: [DONE]\n\n"), end="drop")]) as server:
        run = await ask(speaker(server.url))
    assert (run.status, run.final_text) == ("complete", "Hi.")


@EACH
async def test_garbage_is_told_and_the_rest_is_read(speaker: Any) -> None:
    body = DONE[speaker]
    at = body.index(b"\n\n") + 2
    body = body[:at] + b"data: {oops\n\ndata: 17\n\n: a comment\n\n" + body[at:]
    with WireServer([Answer(body)]) as server:
        run = await ask(speaker(server.url))
    assert (run.status, run.final_text) == ("complete", "Hi.")
    assert [(notice.code, notice.count) for notice in run.notices] == [
        ("unknown:data that is no JSON object", 2)
    ]


@EACH
@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (Answer(b'{"detail": "no such chat"}', status=404), "RequestRefused", "404 Not Found: no such chat"),
        (Answer(b'{"error": {"message": "slow down"}}', status=429), "RequestRefused", "429 .*: slow down"),
        (Answer(b"Traceback: boom", status=500, content_type="text/plain"), "RequestRefused", "500 .*boom"),
        (Answer(b"", status=401), "RequestRefused", "401 Unauthorized.*credentials"),
        (Answer(b"", status=307, headers={"Location": "/v1/"}), "RequestRefused", "307 .*points to"),
        (Answer(b"<!doctype html><p>Hello", content_type="text/html"), "MalformedStream", "got a page"),
        (Answer(b'{"reply": "hi"}', content_type="application/json"), "MalformedStream", "expected .*reply"),
        (Answer(b""), "MalformedStream", "got nothing"),
        (Answer(status=204), "MalformedStream", "got nothing"),
        (Answer(b": open\n\n: keep-alive\n\n"), "MalformedStream", "expected .*, got ': open"),
        (Answer(b"data: [DONE]\n\n"), "MalformedStream", r"expected .*, got 'data: \[DONE\]"),
        (
            Answer(b'{"error": {"message": "out of credit"}}', content_type="application/json"),
            "MalformedStream",
            "expected .*out of credit",
        ),
        (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "MalformedStream", "not be decompressed"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else None,
)
async def test_a_server_that_does_not_answer_says_why(
    speaker: Any, answer: Answer, kind: str, says: str
) -> None:
    with WireServer([answer, answer]) as server:
        run = await ask(speaker(server.url))
        assert len(server.requests) == 1, "the prompt is never sent twice"
    assert run.status == "error"
    assert run.error is not None
    assert run.error.kind == kind
    assert re.search(says, run.error.message), run.error.message


ODD = "a\u2028b\u2029c\x85d\x1ce\x0cf é \U0001f600"
"""Characters that end a line for Python alone, some that JSON wants escaped, and some of several bytes."""


@EACH
@pytest.mark.parametrize("crumb", [None, 1])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
async def test_an_answer_is_the_same_however_it_is_spelt(
    speaker: Any, line_end: str, crumb: int | None
) -> None:
    text = f"\ufeff: open\n\nevent: ping\n\n{DONE[speaker].decode()}".replace("Hi.", ODD)
    body = text.replace("data: ", "data:").replace("\n", line_end).encode()
    packed = gzip.compress(body)
    for answer in (Answer(body), Answer(packed, headers={"Content-Encoding": "gzip"})):
        with WireServer([replace(answer, crumb=crumb)]) as server:
            run = await ask(speaker(server.url))
        assert (run.status, run.final_text, run.notices) == ("complete", ODD, [])


@EACH
async def test_a_compressed_answer_that_is_cut_off_is_truncated(speaker: Any) -> None:
    packed = zlib.compressobj(wbits=31)
    body = packed.compress(cut(DONE[speaker])) + packed.flush(zlib.Z_SYNC_FLUSH)
    with WireServer([Answer(body, headers={"Content-Encoding": "gzip"})], gets={}) as server:
        run = await ask(speaker(server.url))
    assert (run.status, run.final_text) == ("truncated", "Hi.")


@EACH
async def test_no_server_at_all(speaker: Any) -> None:
    with WireServer([]) as server:
        url = server.url
    run = await ask(speaker(url))
    assert run.error is not None
    assert (run.error.kind, "Is the server running?" in run.error.message) == ("ConnectionFailed", True)


@EACH
async def test_a_silent_server_is_given_up(speaker: Any) -> None:
    with WireServer([Answer(cut(DONE[speaker]), end="hang")], gets={}) as server:
        run = await ask(speaker(server.url, timeout=0.2))
    assert run.error is not None
    assert run.error.kind == "ServerSilent"
    assert "0.2 s (timeout)" in run.error.message
    assert run.final_text == "Hi."


@EACH
async def test_stopping_hangs_up_and_the_next_prompt_works(speaker: Any) -> None:
    with WireServer([Answer(cut(DONE[speaker]), end="hang"), Answer(DONE[speaker])]) as server:
        adapter = speaker(server.url)
        first = turnwise.stream(None, "first", adapter=adapter)
        async with first:
            async for event in first:
                if event.type == "text_delta":
                    break
        assert (first.run.status, first.run.final_text) == ("cancelled", "Hi.")
        assert await asyncio.to_thread(server.hung_up.wait, 10)
        second = turnwise.stream(None, "second", adapter=adapter, history=first.transcript)
        assert [event.status async for event in second if event.type == "run_finish"] == ["complete"]
        sent = json.dumps(server.requests[1].body)
    assert "second" in sent
    assert "first" in sent, "what was stopped was said, too"


SECRETS = ("sk-very-secret", "pass-word", "query-token")


@EACH
async def test_secrets_are_sent_and_never_shown(speaker: Any) -> None:
    echo = json.dumps({"detail": f"bad key {SECRETS[0]} or {SECRETS[1]} or {SECRETS[2]}"}).encode()
    with WireServer([Answer(echo, status=403), Answer(DONE[speaker])]) as server:
        url = server.url.replace("http://", f"http://me:{SECRETS[1]}@") + f"?token={SECRETS[2]}"
        adapter = speaker(url, headers={"X-Api-Key": f"Bearer {SECRETS[0]}"})
        run = await ask(None, adapter=adapter)
        again = await ask(None, adapter=adapter)
    assert again.status == "complete"
    request = server.requests[0]
    assert request.headers["x-api-key"] == f"Bearer {SECRETS[0]}"
    assert request.headers["authorization"].startswith("Basic ")
    assert request.path.endswith(f"?token={SECRETS[2]}")
    assert run.error is not None
    assert "[secret]" in run.error.message
    shown = [repr(adapter), adapter.name, str(adapter.describe()), run.error.message, run.error.detail or ""]
    assert not [text for text in shown for secret in SECRETS if secret in text]


@EACH
async def test_a_client_of_ones_own_is_used_and_left_open(speaker: Any) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-mine"] == "1"
        return httpx.Response(200, content=DONE[speaker])

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), headers={"x-mine": "1"}) as client:
        run = await ask(speaker("https://example.org/agent", client=client, auth=("me", "secret")))
        assert not client.is_closed
    assert run.final_text == "Hi."


@EACH
async def test_a_server_that_numbers_its_messages_is_asked_for_the_rest(speaker: Any) -> None:
    if speaker is AISDK:
        pytest.skip("it has a way of its own")
    body = DONE[speaker]
    at = body.index(b"\n\n", body.index(b"Hi.")) + 2
    first, rest = b"id: 41\n" + body[:at], b"id: 42\n" + body[at:]
    with WireServer([Answer(first, end="drop"), Answer(rest)]) as server:
        run = await ask(speaker(server.url))
        again = server.requests[1]
    assert (run.status, run.final_text) == ("complete", "Hi.")
    assert (again.method, again.headers["last-event-id"]) == ("GET", "41")


async def test_the_ai_sdk_takes_a_stream_up_from_its_beginning() -> None:
    body = DONE[AISDK]
    with WireServer([Answer(cut(body), end="drop"), Answer(body)]) as server:
        run = await ask(AISDK(server.url))
        chat_id = server.requests[0].body["id"]
        assert [request.method for request in server.requests] == ["POST", "GET"]
        assert server.requests[1].path == f"/v1/{chat_id}/stream"
    assert (run.status, run.final_text) == ("complete", "Hi.")


async def test_the_ai_sdk_has_nothing_to_take_up() -> None:
    with WireServer([Answer(cut(DONE[AISDK]), end="drop"), Answer(status=204)]) as server:
        run = await ask(AISDK(server.url))
        assert len(server.requests) == 2
    assert run.status == "truncated"


async def test_each_protocol_is_sent_the_conversation_in_its_own_shape() -> None:
    bodies: dict[str, list[dict[str, Any]]] = {}
    for speaker, done in DONE.items():
        with WireServer([Answer(done), Answer(done)]) as server:
            chat = Conversation(speaker(server.url))
            await chat.ask("one")
            await chat.ask("two")
            bodies[speaker.__name__] = [request.body for request in server.requests]

    first, second = bodies["AISDK"]
    assert first["id"] == second["id"]
    assert [(m["role"], m["parts"][-1]["text"]) for m in second["messages"]] == [
        ("user", "one"),
        ("assistant", "Hi."),
        ("user", "two"),
    ]
    first, second = bodies["AGUI"]
    assert first["threadId"] == second["threadId"]
    assert first["runId"] != second["runId"]
    assert [(m["role"], m["content"]) for m in second["messages"]] == [
        ("user", "one"),
        ("assistant", "Hi."),
        ("user", "two"),
    ]
    assert second["messages"][0]["id"] == first["messages"][0]["id"]
    assert second["messages"][1]["id"] == "m"
    _, second = bodies["Prism"]
    assert second["message"] == "two"
    assert [m["content"] for m in second["messages"]] == ["one", "Hi.", "two"]
    _, second = bodies["TurnwiseSSE"]
    assert second["prompt"] == "two"
    assert turnwise.import_messages(second["messages"], "ai-sdk").runs[0].final_text == "Hi."


async def test_prism_over_get_and_with_a_body_of_ones_own() -> None:
    done = Answer(DONE[Prism])
    with WireServer([done, done]) as server:
        await ask(Prism(f"{server.url}?lang=fr", method="GET"), "a & b")
        await ask(Prism(server.url, body=lambda prompt, messages: {"q": prompt, "n": len(messages)}), "hi")
        get, post = server.requests
    assert (get.method, get.path) == ("GET", "/v1?lang=fr&message=a+%26+b")
    assert post.body == {"q": "hi", "n": 0}


# ADK: a session, then runs in it.

SAID = {
    "author": "bot",
    "invocationId": "e",
    "id": "1",
    "content": {"role": "model", "parts": [{"text": "Hi."}]},
}
HELLO = sse({**SAID, "partial": True}, {**SAID, "partial": False, "finishReason": "STOP"}, done=False)
APPS = {"/v1/list-apps": Answer(b'["weather"]', content_type="application/json")}
SESSION = Answer(b'{"id": "s1", "appName": "weather"}', content_type="application/json")


async def test_adk_makes_a_session_with_the_first_prompt_and_stays_in_it() -> None:
    with WireServer([SESSION, Answer(HELLO), Answer(HELLO)], gets=APPS) as server:
        chat = Conversation(ADKServer(server.url, user="ada", state={"lang": "fr"}))
        first, second = await chat.ask("one"), await chat.ask("two")
        apps, session, *runs = server.requests
    assert (first.status, first.final_text, second.final_text) == ("complete", "Hi.", "Hi.")
    assert apps.path == "/v1/list-apps"
    assert session.path == "/v1/apps/weather/users/ada/sessions"
    assert session.body == {"state": {"lang": "fr"}, "events": []}
    assert [run.path for run in runs] == ["/v1/run_sse", "/v1/run_sse"]
    assert runs[1].body == {
        "appName": "weather",
        "userId": "ada",
        "sessionId": "s1",
        "newMessage": {"role": "user", "parts": [{"text": "two"}]},
        "streaming": True,
    }


async def test_adk_goes_on_in_a_session_that_is_there_and_makes_one_that_is_not() -> None:
    known = {"/v1/apps/weather/users/user/sessions/mine": SESSION}
    with WireServer([Answer(HELLO)], gets=known) as server:
        run = await ask(ADKServer(f"{server.url}/run_sse", app="weather", session="mine"))
        assert [request.method for request in server.requests] == ["GET", "POST"]
    assert run.status == "complete"
    with WireServer([SESSION, Answer(HELLO)], gets={}) as server:
        await ask(ADKServer(server.url, app="weather", session="mine"))
        assert server.requests[1].body["sessionId"] == "mine"


async def test_adk_with_several_apps_wants_to_be_told_which() -> None:
    apps = {"/v1/list-apps": Answer(b'["weather", "news"]', content_type="application/json")}
    with WireServer([], gets=apps) as server:
        run = await ask(ADKServer(server.url))
    assert run.error is not None
    assert "these apps: 'weather', 'news'; say which: ADKServer(url, app=…)" in run.error.message


async def test_adk_is_truncated_in_a_partial_and_when_the_connection_is_lost() -> None:
    partial = HELLO[: HELLO.index(b"\n\n") + 2]
    for answer in (Answer(partial), Answer(HELLO, end="drop")):
        with WireServer([SESSION, answer], gets=APPS) as server:
            run = await ask(ADKServer(server.url))
        assert (run.status, run.final_text) == ("truncated", "Hi.")


@pytest.mark.parametrize("path", [path for path in ADK.recordings if stem(path) not in ("G", "G2")], ids=stem)
async def test_adk_servers_recorded_bytes(path: Path) -> None:
    expected = sketch(Transcript(fold(ADK, path)))
    for crumb in (None, 1) if stem(path) == "A" else (None,):
        with WireServer([SESSION, *answers(path, crumb)], gets=APPS) as server:
            chat = Conversation(ADKServer(server.url), answers=[ApprovalResponse("approved")])
            await ask_all(chat, path)
        assert chat.sketch == expected


async def test_adk_is_told_what_a_person_says_of_a_call() -> None:
    original = {"id": "c", "name": "remove", "args": {}}
    question = {"id": "q", "name": "adk_request_confirmation", "args": {"originalFunctionCall": original}}
    parts = [{"functionCall": original}], [{"functionCall": question}]
    asks = sse(
        *({**SAID, "id": str(n), "content": {"role": "model", "parts": p}} for n, p in enumerate(parts))
    )
    asks = asks.removesuffix(b"data: [DONE]\n\n")
    with WireServer([SESSION, Answer(asks), Answer(HELLO)], gets=APPS) as server:
        chat = Conversation(ADKServer(server.url), answers=[ApprovalResponse("approved")])
        await chat.ask("remove it")
        [part] = server.requests[-1].body["newMessage"]["parts"]
    response = {"id": "q", "name": "adk_request_confirmation", "response": {"confirmed": True}}
    assert part == {"functionResponse": response}


# What a person says, in each protocol's own words.


async def test_the_ai_sdk_is_posted_the_answer_in_the_message() -> None:
    path = next(path for path in AI_SDK.recordings if stem(path) == "v7.I2.deny")
    with WireServer(answers(path)) as server:
        chat = Conversation(AISDK(server.url), answers=[ApprovalResponse("denied", reason="no")])
        await chat.ask("prompt")
        first, second = (request.body["messages"] for request in server.requests)
    [user, assistant] = second
    assert user["parts"] == first[0]["parts"]
    done, asked = assistant["parts"][-2:]
    assert (done["state"], done["output"]) == ("output-available", {"city": "Paris", "temp_c": 18})
    assert asked["state"] == "approval-responded"
    assert asked["approval"] == {"id": asked["approval"]["id"], "approved": False, "reason": "no"}
    assert asked["approval"]["id"].startswith("aitxt-")


INTERRUPTS: dict[str, tuple[ApprovalResponse, Any]] = {
    "pydantic-ai.I": (
        ApprovalResponse("approved", arguments={"path": "/y"}),
        {"approved": True, "editedArgs": {"path": "/y"}},
    ),
    "strands.I": (ApprovalResponse("denied", reason="no"), {"approved": False, "reason": "no"}),
    "langgraph.I2.approve": (
        ApprovalResponse("denied", reason="no"),
        {"decisions": [{"type": "reject", "message": "no"}]},
    ),
}


@pytest.mark.parametrize("name", INTERRUPTS)
async def test_ag_ui_resumes_with_the_answer(name: str) -> None:
    answer, payload = INTERRUPTS[name]
    path = next(path for path in AG_UI.recordings if stem(path) == name)
    with WireServer([answers(path)[0], Answer(DONE[AGUI])]) as server:
        chat = Conversation(AGUI(server.url), answers=[answer])
        await chat.ask("prompt")
        first, second = (request.body for request in server.requests)
    assert second["threadId"] == first["threadId"]
    assert [(entry["status"], entry["payload"]) for entry in second["resume"]] == [("resolved", payload)]


async def test_ag_ui_answers_adks_confirmation_with_a_tool_message() -> None:
    path = next(path for path in AG_UI.recordings if stem(path) == "adk.I")
    with WireServer([answers(path)[0], Answer(DONE[AGUI])]) as server:
        chat = Conversation(AGUI(server.url), answers=[ApprovalResponse("approved")])
        await chat.ask("prompt")
        message = server.requests[1].body["messages"][-1]
    assert (message["role"], message["content"]) == ("tool", '{"confirmed": true}')
    assert message["toolCallId"].startswith("adk-")


# Which protocol it is.

ASKED = {"AI SDK": AISDK, "AG-UI": AGUI, "Prism": Prism, "turnwise": TurnwiseSSE}


@pytest.mark.parametrize("protocol", ASKED)
async def test_a_url_speaks_for_itself(protocol: str) -> None:
    done = DONE[ASKED[protocol]]
    headers = HEADER if protocol == "AI SDK" else {}
    with WireServer([Answer(done, headers=headers)] * 2, gets={}) as server:
        chat = Conversation(server.url)
        first, second = await chat.ask("one"), await chat.ask("two")
        posts = [request for request in server.requests if request.method == "POST"]
    assert (first.status, first.final_text, second.final_text) == ("complete", "Hi.", "Hi.")
    assert len(posts) == 2
    assert repr(chat.adapter).startswith(f"{ASKED[protocol].__name__}(")
    assert chat.adapter.name.startswith(protocol)


async def test_the_first_request_holds_the_prompt_in_every_shape() -> None:
    with WireServer([Answer(DONE[AISDK], headers=HEADER)], gets={}) as server:
        await ask(server.url, "hello")
        body = server.requests[1].body
    assert body["prompt"] == body["message"] == "hello"
    assert {"id", "trigger", "threadId", "runId", "tools", "context", "forwardedProps"} <= body.keys()
    [message] = body["messages"]
    assert (message["role"], message["content"], message["parts"][0]["text"]) == ("user", "hello", "hello")


async def test_a_server_that_refuses_a_shape_has_not_taken_the_prompt_and_is_sent_another() -> None:
    no = Answer(b'{"detail": "extra fields"}', status=422, content_type="application/json")
    with WireServer([no, no, Answer(DONE[AGUI])], gets={}) as server:
        run = await ask(server.url)
        _, every, ai_sdk, ag_ui = server.requests
    assert run.status == "complete"
    assert set(every.body["messages"][0]) == {"id", "role", "content", "parts"}
    assert set(ai_sdk.body["messages"][0]) == {"id", "role", "parts"}
    assert set(ag_ui.body["messages"][0]) == {"id", "role", "content"}


async def test_an_adk_server_lists_its_apps() -> None:
    with WireServer([SESSION, Answer(HELLO)], gets=APPS) as server:
        chat = Conversation(server.url)
        run = await chat.ask("hi")
    assert run.final_text == "Hi."
    assert repr(chat.adapter).startswith("ADKServer(")


@pytest.mark.parametrize(
    ("answers", "posts"),
    [
        ([Answer(b'data: {"token": "Hi"}\n\n')], 1),
        ([Answer(b'{"reply": "Hi"}', content_type="application/json")], 1),
        ([Answer(b'{"detail": "Not Found"}', status=404)], 1),
        ([Answer(b'{"detail": "what?"}', status=422)] * 3, 3),
    ],
    ids=["another stream", "no stream", "nothing there", "refused"],
)
async def test_nothing_that_is_known_is_one_error_with_all_that_was_tried(answers: Any, posts: int) -> None:
    with WireServer(answers, gets={}) as server:
        run = await ask(server.url)
        assert sum(request.method == "POST" for request in server.requests) == posts
    assert run.error is not None
    assert run.error.kind == "UnknownProtocol"
    assert "/list-apps" in run.error.message
    assert "turnwise.AGUI, AISDK, Prism, ADKServer, TurnwiseSSE" in run.error.message


@pytest.mark.parametrize("status", [401, 500, 503])
async def test_a_server_that_fails_is_not_asked_again(status: int) -> None:
    with WireServer([Answer(b"no", status=status)] * 2, gets={}) as server:
        run = await ask(server.url)
        assert sum(request.method == "POST" for request in server.requests) == 1
    assert run.error is not None
    assert run.error.kind == "RequestRefused"


def test_a_url_is_an_agent_and_other_text_is_not() -> None:
    assert repr(adapter_for("http://localhost:9/agent")) == "AtURL('http://localhost:9/agent')"
    assert adapter_for("https://me:pw@example.org/?key=1").name == "example.org"
    with pytest.raises(ValueError, match="'localhost:9' is no URL"):
        AGUI("localhost:9")


@pytest.mark.parametrize(
    "agent", ["http://localhost:9", *(speaker("http://localhost:9") for speaker in DONE)]
)
def test_nothing_of_an_agent_behind_a_url_can_be_changed_here(agent: Any) -> None:
    adapter = adapter_for(agent)
    assert adapter.describe().system is None
    with pytest.raises(TypeError, match="localhost"):
        adapter.changed(system="Be brief.")
