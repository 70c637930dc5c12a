"""What the cockpit calls things, in English; `translations/*/operations.po` has French and Dutch."""

from __future__ import annotations

from immobe.watchtower.languages import N_

CONDITIONS = {
    "postgres-down": (N_("The database does not answer"), N_("Start PostgreSQL, or mend DATABASE_URL.")),
    "redis-down": (N_("Redis does not answer"), N_("Start Redis, or mend REDIS_URL.")),
    "redis-cannot-save": (N_("Redis cannot keep data"), N_("Make room on its disk, or give it more memory.")),
    "disk-full": (N_("A disk is nearly full"), N_("Make room: old dumps and logs first, then immobe compact.")),
    "platform-blocked": (N_("A portal blocks us"), N_("Wait: one page asks again by itself. Do not hurry it.")),
    "slowed-down": (
        N_("A portal asks us to slow down"),
        N_("Wait: all workers are slower now. If it stays so, raise CRAWLER_DOWNLOAD_DELAY."),
    ),
    "layout-changed": (
        N_("Pages read otherwise than usual"),
        N_("Read a page of it, mend the mapping, then immobe remap; or accept it under Monitors if it is right."),
    ),
    "no-new-listings": (N_("Nothing new comes"), N_("Look at its latest runs and monitors.")),
    "queue-stuck": (N_("The queue does not move"), N_("Start harvesters, or restart those that hang.")),
    "worker-dead": (
        N_("A worker died"),
        N_("Its pages go to others by themselves. Start it again if nobody does."),
    ),
    "fallback-in-use": (
        N_("Requests wait in the fallback queue"),
        N_("It empties by itself when Redis is back and a worker runs."),
    ),
    "job-missed": (
        N_("A scheduled job did not start"),
        N_("Is cron, or the timer, at work? immobe schedule run makes up for it."),
    ),
    "job-failed": (N_("A scheduled job failed"), N_("Read its log in the folder logs of IMMOBE_DATA_DIR.")),
}
"""{condition: (what it is, what to do)}."""

RUN_STATES = {
    "running": N_("at work"),
    "silent": N_("silent"),
    "finished": N_("finished"),
    "closespider_itemcount": N_("finished"),
    "closespider_timeout": N_("too late"),
    "shutdown": N_("stopped"),
    "lost": N_("died"),
    "platform_blocked": N_("blocked"),
}
"""{how a run stands or ended: its word}; others are shown as Scrapy says them."""

JOB_STATES = {
    "off": N_("switched off"),
    "never": N_("not due yet"),
    "running": N_("at work"),
    "missed": N_("missed"),
    "failed": N_("failed"),
    "ok": N_("well"),
}

ACTIONS = {
    "run-scouts": N_("Run scouts"),
    "manual-scrape": N_("Read one advert now"),
    "clear-listings": N_("Clear listings"),
    "requeue-dead-letters": N_("Queue dead letters again"),
    "drop-dead-letters": N_("Drop dead letters"),
    "retry-quarantine": N_("Try refused pages again"),
    "accept-alerts": N_("Accept alerts"),
    "restore-run": N_("Restore what a run replaced"),
    "sign-in": N_("Sign in"),
    "sign-out": N_("Sign out"),
    "set-up": N_("Set-up"),
    "add-key": N_("New key"),
    "revoke-key": N_("Revoke a key"),
    "change-password": N_("Change the password"),
    "save-search": N_("Save a search"),
    "change-search": N_("Change a search"),
    "pause-search": N_("Pause a search"),
    "resume-search": N_("Resume a search"),
    "run-search": N_("Look with a search"),
    "delete-search": N_("Delete a search"),
    "add-channel": N_("Add a channel"),
    "test-channel": N_("Test a channel"),
    "delete-channel": N_("Delete a channel"),
    "retry-alerts": N_("Send failed alerts again"),
    "add-feed": N_("Make a feed"),
    "revoke-feed": N_("Revoke a feed"),
    "queue-listings": N_("Queue adverts"),
}
"""{action of the audit log: its name}; others are shown as they are."""

PERIODS = {"minute": N_("a minute"), "hour": N_("an hour")}


def limit_of(text: str) -> tuple[int, str]:
    """A limit's count, and the period's word.

    >>> limit_of("5/hour")
    (5, 'an hour')
    """
    count, _, period = text.partition("/")
    return int(count), PERIODS[period]
