"""Checking, backing up and documenting an instance from the command line."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from app import wiring
from app.bookings import service as bookings
from app.cli.schema import opened
from app.jobs import queue
from app.kernel.actor import SYSTEM
from app.settings import Settings
from tests.factories.bookings import Street


@pytest.fixture
def prepared(database_url, tmp_path):
    """The test's database, used once: its secrets are made."""
    with opened(Settings(_env_file=None, database_url=database_url, data_dir=tmp_path)):
        pass


def test_without_a_word_the_help_names_every_command(depot):
    outcome = depot("--help")

    assert outcome.code == 0
    for name in ("serve", "worker", "check", "backup", "openapi"):
        assert name in outcome.said


def test_a_fit_instance_passes_every_check(depot, prepared):
    outcome = depot("check")

    assert outcome.code == 0, outcome.said
    assert all(line.startswith("ok") for line in outcome.said.splitlines())


def test_a_calendar_that_contradicts_its_bookings_is_not_ok(depot, instance, client):
    street = Street(instance, client)
    promised = street.promised()
    well = depot("check")
    with instance.transactions.writing(SYSTEM) as work:
        work.session.connection().exec_driver_sql("DELETE FROM segment")

    amiss = depot("check")

    assert (well.code, amiss.code) == (0, 1)
    assert f"first {promised['listing']['id']}" in amiss.said


def test_a_sealed_record_that_was_changed_is_not_ok(depot, instance, client, clock):
    street = Street(instance, client)
    loan = street.handed_over()
    clock.turn(timedelta(hours=49))
    bookings.sweep(instance.transactions)
    well = depot("check")
    with instance.transactions.writing(SYSTEM) as work:
        work.session.connection().exec_driver_sql("UPDATE booking_record SET units = 7")

    amiss = depot("check")

    assert (well.code, amiss.code) == (0, 1), well.said
    record = street.read(loan, street.ben)["records"][0]["id"]
    assert f"1 sealed records have been changed since, first {record}" in amiss.said


def test_a_place_for_photos_that_cannot_be_written_is_not_ok(depot, prepared, monkeypatch):
    monkeypatch.setenv("DEPOT_FILES_URL", "s3://depot/photos")
    monkeypatch.setenv("DEPOT_FILES_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("DEPOT_FILES_KEY_ID", "key")
    monkeypatch.setenv("DEPOT_FILES_SECRET", "secret")

    outcome = depot("check")

    assert outcome.code == 1
    assert outcome.said.count("not ok") == 1, outcome.said
    assert "Traceback" not in outcome.said


def test_a_job_that_was_given_up_is_not_ok(depot, instance):
    with instance.transactions.writing(SYSTEM) as work:
        work.enqueue("events.hear", {})
    with instance.transactions.writing(SYSTEM) as work:
        due = iter(
            lambda: queue.lease(work.session, now=work.now, until=work.now + timedelta(minutes=1), by="test"),
            None,
        )
        held = next(job for job in due if job.name == "events.hear")
        queue.give_up(work.session, held, now=work.now, error="KeyError: event_id")

    outcome = depot("check")

    assert outcome.code == 1
    assert "1 jobs were given up; the latest, events.hear, with: KeyError: event_id" in outcome.said


def test_an_address_without_tls_is_not_ok_and_nothing_else_is_held_against_it(depot, prepared, monkeypatch):
    monkeypatch.setenv("DEPOT_PUBLIC_URL", "http://depot.example")

    outcome = depot("check")

    assert outcome.code == 1
    assert [line for line in outcome.said.splitlines() if line.startswith("not ok")] == [
        "not ok  DEPOT_PUBLIC_URL is http://depot.example: sign-ins would travel unprotected, use https."
    ]


def test_a_mail_server_that_does_not_answer_is_not_ok(depot, prepared, monkeypatch):
    monkeypatch.setenv("DEPOT_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("DEPOT_MAIL_PORT", "1")

    outcome = depot("check")

    assert outcome.code == 1
    assert "Connection refused" in outcome.said


def test_a_wrong_setting_is_named_in_one_sentence(depot, monkeypatch):
    monkeypatch.setenv("DEPOT_PUBLIC_URL", "depot")

    outcome = depot("check")

    assert outcome.code == 1
    assert outcome.remarked.startswith("The setting DEPOT_PUBLIC_URL is wrong")
    assert outcome.remarked.count("\n") == 1


def test_a_database_that_is_away_is_one_sentence_without_traceback(depot, monkeypatch):
    monkeypatch.setenv("DEPOT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    outcome = depot("backup", "never.db")

    assert outcome.code == 1
    assert "Traceback" not in outcome.remarked
    assert not Path("never.db").exists()


def test_a_schema_of_another_version_is_not_ok(depot, tmp_path, monkeypatch):
    monkeypatch.setenv("DEPOT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    outcome = depot("check")

    assert outcome.code == 1
    assert "`depot serve` brings it up to date" in outcome.said


def test_a_backup_holds_the_data_and_is_for_its_owner_only(depot, prepared, database_url, tmp_path):
    outcome = depot("backup", "saved")

    saved = tmp_path / "saved"
    if not database_url.startswith("sqlite") and shutil.which("pg_dump") is None:
        assert (outcome.code, "pg_dump, which is not installed" in outcome.remarked) == (1, True)
        return
    assert outcome.code == 0, outcome.remarked
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(saved)) as copy:
            marks = dict(copy.execute("SELECT name, hex(value) FROM instance_secret"))
        assert marks.keys() == set(wiring.SECRETS)
        assert (tmp_path / "generation").read_text().strip() != marks["generation"].lower()
    else:
        assert saved.read_bytes().startswith(b"PGDMP")


def test_a_backup_overwrites_nothing(depot, prepared, tmp_path):
    (tmp_path / "saved").write_text("yesterday's")

    outcome = depot("backup", "saved")

    assert outcome.code == 1
    assert (tmp_path / "saved").read_text() == "yesterday's"


def test_what_was_backed_up_comes_back_and_partners_begin_anew(
    depot, prepared, database_url, tmp_path, monkeypatch
):
    if database_url.startswith("sqlite"):  # a file of its own: others hold the test's database open
        monkeypatch.setenv("DEPOT_DATABASE_URL", f"sqlite:///{tmp_path / 'own.db'}")
        assert depot("feeds", "list").code == 0
    elif shutil.which("pg_restore") is None:
        pytest.skip("pg_restore is not installed")
    assert depot("backup", "saved").code == 0
    before = depot("feeds", "list").said
    rotated = depot("feeds", "rotate-epoch", "--yes")
    after = depot("feeds", "list").said

    restored = depot("restore", "saved", "--yes")

    assert (rotated.code, restored.code) == (0, 0), restored.remarked
    assert "Feeds that begin anew: 1." in restored.said
    assert before.startswith("listing  epoch ")
    assert len({before, after, depot("feeds", "list").said}) == 3
    assert depot("feeds", "recheck").said == "Looked at 0 listings.\n"
    if database_url.startswith("sqlite"):
        (tmp_path / "broken").write_bytes(b"not a database" * 100)
        assert "nothing was changed" in depot("restore", "broken", "--yes").remarked
        assert len(list(tmp_path.glob("own.db.before-restore-*"))) == 1
        assert not (tmp_path / "own.db.restoring").exists()


def test_the_document_is_written_and_checked(depot, tmp_path):
    written = depot("openapi", "--file", "openapi.json")
    unchanged = depot("openapi", "--file", "openapi.json", "--check")
    document = json.loads((tmp_path / "openapi.json").read_text())
    (tmp_path / "openapi.json").write_text("{}")
    changed = depot("openapi", "--file", "openapi.json", "--check")

    assert (written.code, unchanged.code, changed.code) == (0, 0, 1)
    assert document["openapi"].startswith("3.1")
    assert (tmp_path / "openapi.json").read_text() == "{}"


def test_an_unknown_command_is_refused_with_the_usage(depot):
    outcome = depot("frobnicate")

    assert outcome.code == 2
    assert "No such command" in outcome.remarked


def test_python_m_app_is_depot():
    done = subprocess.run([sys.executable, "-m", "app", "--help"], capture_output=True, text=True, check=True)

    assert "depot keeps what a neighbourhood shares" in done.stdout
