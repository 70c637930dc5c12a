"""`/ui/channels`: where alerts go. What a channel's address holds is shown to nobody again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.alerts.channels import mask_of, scheme_of
from immobe.alerts.testing import fire
from immobe.errors import ConfigError
from immobe.storage import alert_channels, outbox
from immobe.watchtower.alert_letters import Letters
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.languages import N_, language_of
from immobe.watchtower.pages.forms import ShortText
from immobe.watchtower.pages.saved import seal_of
from immobe.watchtower.pages.saved_forms import STATES
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Actor, SignedIn, note
from immobe.watchtower.security.limits import limited

router = APIRouter(include_in_schema=False)
Limited = Annotated[None, Depends(limited("saved-searches"))]
NO_ADDRESS = N_("This is no address that alerts can be sent to. Its form is one of the examples’.")


def _channels(
    request: Request, backend: Backend, actor: Actor, status: int = 200, complaint: str | None = None
) -> Response:
    user = actor.user_id or 0
    return render(
        request,
        "alerts/channels.html",
        status,
        channels=alert_channels.channels_of(backend.engine, user),
        used=alert_channels.searches_by_channel(backend.engine, user),
        sent=outbox.latest(backend.engine, user_id=user, limit=25),
        states=STATES,
        complaint=complaint,
    )


@router.get("/ui/channels")
def channels(request: Request, backend: TheBackend, actor: SignedIn) -> Response:
    """The operator's channels, and what went through them."""
    return _channels(request, backend, actor)


@router.post("/ui/channels")
def add(
    request: Request,
    backend: TheBackend,
    actor: SignedIn,
    _: Limited,
    name: ShortText,
    url: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Keeps a channel, encrypted."""
    url = url.strip()
    try:
        mask = mask_of(url)
    except ConfigError:
        return _channels(request, backend, actor, 422, NO_ADDRESS)
    kind, secret = scheme_of(url), seal_of(backend).closed(url)
    number = alert_channels.add_channel(backend.engine, actor.user_id or 0, name.strip() or kind, kind, mask, secret)
    note(request, "add-channel", {"channel": number, "mask": mask})
    return RedirectResponse(f"/ui/channels#channel-{number}", 303)


@router.post("/ui/channels/{channel_id}/test")
def test(request: Request, backend: TheBackend, actor: SignedIn, _: Limited, channel_id: int) -> Response:
    """Sends a message that says that it is a test; the page shows the answer."""
    secret = alert_channels.secret_of(backend.engine, channel_id, actor.user_id)
    if secret is None:
        raise HTTPException(404, "You have no such channel.")
    seal = seal_of(backend)
    letter = Letters(backend.config.watchtower_url, seal).test(language_of(request))
    answer = fire(backend.engine, seal, channel_id, secret, letter)
    note(request, "test-channel", {"channel": channel_id}, outcome="done" if answer.ok else "failed")
    return RedirectResponse(f"/ui/channels#channel-{channel_id}", 303)


@router.post("/ui/channels/{channel_id}/delete")
def delete(request: Request, backend: TheBackend, actor: SignedIn, channel_id: int) -> Response:
    """With what waits to go through it."""
    if not alert_channels.delete_channel(backend.engine, channel_id, actor.user_id or 0):
        raise HTTPException(404, "You have no such channel.")
    note(request, "delete-channel", {"channel": channel_id})
    return RedirectResponse("/ui/channels", 303)


@router.post("/ui/channels/retry")
def retry(request: Request, backend: TheBackend, actor: SignedIn, _: Limited) -> Response:
    """What was given up gets another row of attempts."""
    count = outbox.revive(backend.engine, user_id=actor.user_id)
    note(request, "retry-alerts", {"messages": count})
    return RedirectResponse("/ui/channels#sent", 303)
