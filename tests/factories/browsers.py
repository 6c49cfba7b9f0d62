"""A browser without scripts: it keeps cookies, reads forms and sends them as their pages say.

anna = Browser(client)
anna.sign_in(street.anna)
anna.open("/listings/…"); anna.send("ask", message="Please?")
anna.send("/photos", title="Drill", hours=["monday-17"], photos=photo())      # several values; a file is bytes
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi.testclient import TestClient

from app.api.cookies import COOKIE
from tests.factories.accounts import Neighbour


@dataclass
class Form:
    """A form as it stands on a page: where it goes, how, and what is filled in already."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower()))
        if not self.forms:
            return
        fields, name = self.forms[-1].fields, said.get("name", "")
        if tag == "input" and name and said.get("type") in ("checkbox", "radio", "file"):
            self.forms[-1].empty.add(name)
            if said.get("type") == "checkbox" and "checked" in said:
                fields[name] = [*fields.get(name, []), said.get("value", "")]
            elif "checked" in said:
                fields[name] = said.get("value", "")
        elif tag == "input" and name:
            fields[name] = said.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in said or self._select not in fields):
            fields[self._select] = said.get("value", "")
        elif tag == "textarea":
            self._textarea, fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            before = self.forms[-1].fields[self._textarea]
            self.forms[-1].fields[self._textarea] = before + (data if before else data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


class Browser:
    """Somebody at a browser. `page` is the answer that is shown."""

    def __init__(self, client: TestClient, *, language: str = "en") -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.headers = {"accept": "text/html", "accept-language": language}
        self.page: httpx2.Response

    def sign_in(self, who: Neighbour) -> None:
        """Have the session that this person has already."""
        self.cookies[COOKIE] = who.token

    def open(self, address: str) -> str:
        """Follow a link; answers what is shown."""
        return self._ask("GET", address)

    def post(self, action: str, /, **typed: Any) -> str:
        """Fill in and send a form, and stay; answers where it leads."""
        form = self._form(action, typed)
        self._ask("POST", form.action, form.fields | typed, follow=False)
        return str(self.page.headers["location"])

    def send(self, action: str, /, **typed: Any) -> str:
        """Fill in and send the form whose address ends so; answers what is shown then."""
        form = self._form(action, typed)
        fields = form.fields | typed
        if form.method == "get":
            return self._ask("GET", str(httpx2.URL(form.action, params=fields)))
        return self._ask("POST", form.action, fields)

    def _form(self, action: str, typed: dict[str, Any]) -> Form:
        found = [
            form for form in _Forms(self.page.text).forms if form.action.partition("?")[0].endswith(action)
        ]
        assert found, f"no form leads to {action}"
        unknown = set(typed) - set(found[0].fields) - found[0].empty
        assert not unknown, f"the form has no {unknown}"
        return found[0]

    def _ask(
        self, method: str, address: str, fields: dict[str, Any] | None = None, *, follow: bool = True
    ) -> str:
        headers = self.headers | ({"sec-fetch-site": "same-origin"} if method == "POST" else {})
        self.client.cookies.clear()
        files = [
            (name, (f"{number}.jpg", sent, "image/jpeg"))
            for name, value in (fields or {}).items()
            for number, sent in enumerate(value if isinstance(value, list) else [value])
            if isinstance(sent, bytes)
        ]
        said = {name: value for name, value in (fields or {}).items() if name not in dict(files)}
        answer = self.client.request(
            method,
            address,
            data=said,
            files=files or None,
            headers=headers
            | {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())},
            follow_redirects=False,
        )
        self.cookies |= dict(answer.cookies)
        self.page = answer
        if follow and answer.is_redirect:
            to = urlsplit(answer.headers["location"])
            return self._ask("GET", to.path + (f"?{to.query}" if to.query else ""))
        return answer.text
