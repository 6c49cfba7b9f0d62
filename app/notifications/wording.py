"""What a mail says: a sentence on what happened, and one clear next step with a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.accounts.schemas import Recipient
from app.kernel.languages import translate
from app.kernel.text import Message, message
from app.notifications.mail import Mail
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences with places for facts. `path` is where the next step is taken, on this instance."""

    subject: Message
    says: Message
    step: Message
    path: str


_HELLO: Final = message("Hello {name},")
_HELLO_STRANGER: Final = message("Hello,")
_TOKEN: Final = message("Programs that use the API send this token instead: {token}")
_SIGNED: Final = message("{instance} in {region}")


def write(wording: Wording, to: Recipient, facts: Mapping[str, object], settings: Settings) -> Mail:
    """The mail to this reader in their language. A fact that is a Message is translated, too."""

    def say(sentence: Message, **more: object) -> str:
        return translate(Message(sentence.text, {**facts, **more}), to.language)

    lines = [
        say(_HELLO, name=to.name) if to.name else say(_HELLO_STRANGER),
        say(wording.says),
        f"{say(wording.step)}\n{settings.public_url}{wording.path.format(**facts)}",
        *([say(_TOKEN)] if "token" in facts else []),
        "-- \n" + say(_SIGNED, instance=settings.name, region=settings.region) + f"\n{settings.public_url}",
    ]
    return Mail(
        to_name=to.name,
        to_address=to.email,
        subject=say(wording.subject),
        text="\n\n".join(lines) + "\n",
        language=to.language,
    )
