"""Stands before the portals: counts what is asked for, and answers badly where the plan says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from immobe.replica.faults import App, Message, Receive, Scope, Send
from immobe.replica.faults_answers import WHOLE_ANSWERS, Answer, Case
from immobe.replica.faults_kinds import Kind
from immobe.replica.faults_pages import Page, PageKind, page_of
from immobe.replica.faults_plan import FaultPlan
from immobe.replica.faults_spec import Rule
from immobe.replica.faults_streams import STREAMS, send_answer
from immobe.replica.reply import Portal


class FaultPlayer:
    """An application around the portals' own. `portals` tells the replica's of today, by host."""

    def __init__(self, app: App, plan: FaultPlan, portals: Callable[[], Mapping[str, Portal]]) -> None:
        self._app, self._plan, self._portals = app, plan, portals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, slash, path = scope["path"][1:].partition("/") if scope["type"] == "http" else ("", "", "")
        portal = self._portals().get(host)
        if portal is None:
            await self._app(scope, receive, send)
            return
        page = page_of(portal.platform, slash + path or "/", scope["query_string"].decode("latin-1"))
        self._plan.requests.note(page)
        if scope["method"] != "GET" or page.kind is PageKind.OTHER or not self._plan.hits(page):
            await self._app(scope, receive, send)
            return
        good = await self._answer(scope, receive)
        due = self._plan.due(page, is_whole=good.status == 200)
        if due is None:
            await send_answer(good, send)
        else:
            await self._play(await self._case(due, page, portal, scope, receive, good), due[1], receive, send)

    async def _play(self, case: Case, kind: Kind, receive: Receive, send: Send) -> None:
        if kind.name in STREAMS:
            await STREAMS[kind.name](case, receive, send)
        else:
            await send_answer(WHOLE_ANSWERS[kind.name](case), send)

    async def _case(
        self, due: tuple[Rule, Kind], page: Page, portal: Portal, scope: Scope, receive: Receive, good: Answer
    ) -> Case:
        rule, kind = due
        draws = self._plan.draws(rule, page)
        # A rule's seconds are for those of its kinds that last.
        seconds = rule.seconds if rule.seconds is not None else kind.seconds
        other = None
        if kind.name == "wrong":
            others = [entry for entry in await self._plan.entries(portal) if entry.listing_id != page.key]
            if others:
                other = await self._answer({**scope, "path": f"/{portal.hosts[0]}{draws.pick(others).path}"}, receive)
        return Case(page, _portal_url(scope), good, seconds or 0.0, draws, other)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        """What the portal says, kept back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, *bodies = messages
        headers = tuple((name, value) for name, value in start["headers"] if name != b"content-length")
        return Answer(start["status"], headers, tuple(body["body"] for body in bodies if body.get("body")))


def _portal_url(scope: Scope) -> bytes:
    """The address as the client wrote it, at the portal."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return b"https:/" + path + (b"?" + query if query else b"")
