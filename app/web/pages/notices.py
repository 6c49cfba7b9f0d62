"""What I was told, and how I want to be told."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Response

from app.notifications import service as notifications
from app.notifications.schemas import NotificationQuery, SwitchesEdit
from app.web import notice_words
from app.web.forms import command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
_STAFFS: Final = "staff"


@pages.shows("/notifications")
def inbox(visit: Visit) -> Response:
    """What I was told, newest first."""
    visit.require_person()
    query = NotificationQuery.model_validate(
        {"after": visit.query.get("after"), "unread": "unread" in visit.query}
    )
    found = notifications.page(visit.reading, query, language=visit.language)
    following = address("/notifications", {**visit.query, "after": found.next})
    return visit.page(
        "notices/inbox.html",
        notices=found.items,
        following=following if found.next else None,
        only_unread=query.unread,
        topics=notice_words.TOPICS,
    )


@pages.takes("/notifications/read-all", again=inbox)
def read_all(visit: Visit) -> Response:
    """All of it is read."""
    visit.require_person()
    notifications.mark_all_read(visit.work)
    return leads_to("/notifications")


@pages.shows("/notifications/settings")
def settings(visit: Visit) -> Response:
    """How I hear of what."""
    me = visit.require_person()
    switches = notifications.switches(visit.reading)
    topics = {name: said for name, said in notice_words.TOPICS.items() if me.staff or name != _STAFFS}
    return visit.page(
        "notices/settings.html",
        switches=switches,
        topics=topics,
        whens=notice_words.WHENS,
        done=visit.query.get("done"),
    )


@pages.takes("/notifications/settings", again=settings)
def switch(visit: Visit) -> Response:
    """Hear of it otherwise."""
    visit.require_person()
    wished = {
        topic: {
            "mail": visit.form[f"{topic}-mail"],
            "inbox": "on" if f"{topic}-inbox" in visit.form else "off",
        }
        for topic in notice_words.TOPICS
        if f"{topic}-mail" in visit.form
    }
    notifications.switch(visit.work, command(SwitchesEdit, wished))
    return leads_to("/notifications/settings", done="saved")


@pages.takes("/notifications/{notification_id}/read", again=inbox)
def read(visit: Visit) -> Response:
    """Go on to what a notice is about; then it is read."""
    visit.require_person()
    notice = notifications.mark_read(visit.work, visit.id("notification_id"), language=visit.language)
    if "stay" in visit.form:
        return leads_to("/notifications")
    to = urlsplit(notice.next_step.href)
    return leads_to(to.path + (f"?{to.query}" if to.query else ""))
