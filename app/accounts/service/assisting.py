"""People without e-mail: the staff enters them, an organisation acts for them, and every step says who and for whom."""

from uuid import UUID

from app.accounts import assisted, policy
from app.accounts.rules import PartyKind
from app.accounts.schemas.people import AssistedCreate, AssistedEdit, AssistedRead
from app.accounts.service.organisations import following, id_after, organisation
from app.accounts.service.people import edit_person, forget_person
from app.accounts.tables import Party, Person
from app.api.schemas import ListQuery
from app.kernel.ids import new_id
from app.kernel.paging import Page, fingerprint
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork

_FILTERS = fingerprint("assisted")


def assist(work: UnitOfWork, wanted: AssistedCreate) -> AssistedRead:
    """Enter somebody without e-mail: an organisation gets their letters and acts in their name. Raises NotAllowed."""
    if not policy.may_enter_assisted(work.actor):
        raise NotAllowed(message("The staff enters people who have no e-mail."))
    try:
        helper = organisation(work, wanted.organisation_id)
    except NotFound as error:
        raise Invalid(FieldError("/organisation_id", message("There is no such organisation."))) from error
    party = Party(id=new_id(), kind=PartyKind.PERSON, name=wanted.display_name, created_at=work.now)
    work.session.add(party)
    work.session.flush()  # the person's foreign key needs the party
    person = Person(id=party.id, email=None, language=wanted.language, assisted_by=helper.id)
    work.session.add(person)
    edit_person(work, party, person, wanted.as_edit())
    person.version = 1
    work.account_for("person.assist", about="person", about_id=person.id, party_id=helper.id)
    return _read(person, party)


def assisted_people(reading: Reading, query: ListQuery, *, of: UUID | None = None) -> Page[AssistedRead]:
    """Whom the organisations that one speaks for assist; for the staff everybody, newest first; of one, or of all."""
    actor = reading.actor
    mine = None if actor.is_staff else {one for one in actor.memberships if actor.speaks_for(one)}
    if of is not None:
        mine = {of} if mine is None else mine & {of}
    rows = assisted.page(
        reading.session,
        organisation_ids=mine,
        before=id_after(query.after, _FILTERS),
        limit=query.limit + 1,
    )
    shown = [_read(*row) for row in rows[: query.limit]]
    return Page(shown, following(shown[-1].id, _FILTERS) if len(rows) > query.limit else None)


def assisted_person(reading: Reading, person_id: UUID) -> AssistedRead:
    """One of them, for whoever acts for them; raises NotFound."""
    found = assisted.find(reading.session, person_id)
    if found is None or not reading.actor.speaks_for(person_id):
        raise NotFound
    return _read(*found)


def edit_assisted(work: UnitOfWork, person_id: UUID, change: AssistedEdit) -> AssistedRead:
    """Change what was given; raises NotFound for others than their helpers and the staff."""
    person, party = _found(work, person_id)
    edit_person(work, party, person, change)
    _account_for(work, "person.edit", person)
    return _read(person, party)


def forget_assisted(work: UnitOfWork, person_id: UUID) -> None:
    """Forget somebody who is assisted, as if they had asked for it themself; refused while something is out."""
    person, _ = _found(work, person_id)
    _account_for(work, "person.forget", person)
    forget_person(work, person_id)


def _found(work: UnitOfWork, person_id: UUID) -> tuple[Person, Party]:
    found = assisted.find(work.session, person_id)
    if found is None or not (work.actor.is_staff or work.actor.speaks_for(person_id)):
        raise NotFound
    return found


def _account_for(work: UnitOfWork, action: str, person: Person) -> None:
    if not work.actor.speaks_for(person.id):
        work.account_for(action, about="person", about_id=person.id, party_id=person.assisted_by)


def _read(person: Person, party: Party) -> AssistedRead:
    return AssistedRead.model_validate(
        {
            "id": person.id,
            "display_name": party.name,
            "phone": person.phone,
            "born_on": person.born_on,
            "language": person.language,
            "organisation_id": person.assisted_by,
            "version": person.version,
            "created_at": party.created_at,
        }
    )
