"""What Evolution's backends do with a server: run by evolution.test.ts in a D-Bus session, answers one JSON object."""

import base64
import json
import sys
import threading
import time
import urllib.request
from urllib.parse import urlparse

import gi

for name, version in (("EDataServer", "1.2"), ("ECal", "2.0"), ("ICalGLib", "3.0"), ("EBook", "1.2"), ("EBookContacts", "1.2")):
    gi.require_version(name, version)
from gi.repository import EBook, EBookContacts, ECal, EDataServer, GLib, ICalGLib  # noqa: E402

base, user, password = sys.argv[1:4]
server = urlparse(base)
calendar_path = "/dav/calendars/alice/default/"
book_path = "/dav/addressbooks/alice/default/"
loop = GLib.MainContext.default()


def wait(seconds, done=lambda: False):
    """Lets the session's messages through until `done`, or for so long."""
    end = time.time() + seconds
    while time.time() < end and not done():
        while loop.iteration(False):
            pass
        time.sleep(0.02)
    return done()


def call(function, *arguments):
    """A blocking call beside the loop, which must answer the backends' questions for credentials meanwhile."""
    outcome = {}

    def run():
        try:
            outcome["value"] = function(*arguments)
        except Exception as error:  # handed to the caller
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not wait(60, lambda: not thread.is_alive()):
        raise RuntimeError(f"{function} does not come back")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def elsewhere(method, path, content=None, kind="text/calendar"):
    """What another device does."""
    request = urllib.request.Request(base.rstrip("/") + path, data=content and content.encode(), method=method)
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    request.add_header("Authorization", f"Basic {secret}")
    if content:
        request.add_header("Content-Type", kind)
    return urllib.request.urlopen(request).read().decode()


credentials = EDataServer.NamedParameters.new()
credentials.set(EDataServer.SOURCE_CREDENTIAL_USERNAME, user)
credentials.set(EDataServer.SOURCE_CREDENTIAL_PASSWORD, password)
registry = EDataServer.SourceRegistry.new_sync(None)
registry.connect("credentials-required", lambda _, source, *rest: source.invoke_authenticate(credentials, None, None))


def address(source, path):
    login = source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
    login.set_host(server.hostname)
    login.set_port(server.port)
    login.set_user(user)
    login.set_method("plain/password")
    source.get_extension(EDataServer.SOURCE_EXTENSION_SECURITY).set_method("none")
    source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND).set_resource_path(path)


def account(uid, parent, extension, backend, path):
    source = EDataServer.Source.new_with_uid(uid, None)
    source.set_display_name(uid)
    source.set_parent(parent)
    source.get_extension(extension).set_backend_name(backend)
    address(source, path)
    source.get_extension(EDataServer.SOURCE_EXTENSION_OFFLINE).set_stay_synchronized(True)
    registry.commit_source_sync(source, None)
    wait(5, lambda: registry.ref_source(uid) is not None)
    return registry.ref_source(uid)


def event(uid, summary, *lines):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary}", *lines, "END:VEVENT", ""])


def calendar_object(component):
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{component}END:VCALENDAR\r\n"


seen = {}

# Discovery, as adding an account does it.
for kind, supports in (("calendars", EDataServer.WebDAVDiscoverSupports.EVENTS), ("books", EDataServer.WebDAVDiscoverSupports.CONTACTS)):
    probe = EDataServer.Source.new_with_uid(f"probe-{kind}", None)
    probe.set_parent("caldav-stub")
    address(probe, "")
    answer = call(EDataServer.webdav_discover_sources_sync, probe, base, supports, credentials, None)
    found = next((part for part in answer if isinstance(part, list)), [])
    seen[kind] = [[urlparse(one.href).path, one.display_name] for one in found]

# A calendar.
times = ("DTSTART:20270501T100000Z", "DTEND:20270501T110000Z")
elsewhere("PUT", calendar_path + "before.ics", calendar_object(event("before", "Before", *times)))
source = account("davd-calendar", "caldav-stub", EDataServer.SOURCE_EXTENSION_CALENDAR, "caldav", calendar_path)
calendar = call(ECal.Client.connect_sync, source, ECal.ClientSourceType.EVENTS, 30, None)
seen["writable"] = not calendar.is_readonly()


def summaries():
    call(calendar.refresh_sync, None)
    wait(2)
    _, components = call(calendar.get_object_list_sync, "#t", None)
    return sorted(component.get_summary() for component in components)


seen["first sync"] = summaries()
component = ICalGLib.Component.new_from_string(event("mine", "Mine", *times))
call(calendar.create_object_sync, component, ECal.OperationFlags.NONE, None)
_, component = call(calendar.get_object_sync, "mine", None, None)
component.set_summary("Mine, changed")
call(calendar.modify_object_sync, component, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
seen["on the server"] = "SUMMARY:Mine\\, changed" in elsewhere("GET", calendar_path + "mine.ics")
elsewhere("PUT", calendar_path + "before.ics", calendar_object(event("before", "Changed elsewhere", *times)))
elsewhere("PUT", calendar_path + "series.ics", calendar_object(event("series", "Series", *times, "RRULE:FREQ=DAILY;COUNT=4")))
seen["after changes"] = summaries()
query = '(occur-in-time-range? (make-time "20270503T000000Z") (make-time "20270504T000000Z"))'
_, components = call(calendar.get_object_list_sync, query, None)
seen["on the third day"] = [component.get_summary() for component in components]
call(calendar.remove_object_sync, "mine", None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
elsewhere("DELETE", calendar_path + "before.ics")
seen["at the end"] = summaries()

# An address book.
source = account("davd-book", "carddav-stub", EDataServer.SOURCE_EXTENSION_ADDRESS_BOOK, "carddav", book_path)
book = call(EBook.BookClient.connect_sync, source, 30, None)
card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card\r\nFN:Eva Contact\r\nN:Contact;Eva;;;\r\nEMAIL:eva@example.com\r\nEND:VCARD\r\n"
call(book.add_contact_sync, EBookContacts.Contact.new_from_vcard(card), 0, None)
elsewhere("PUT", book_path + "other.vcf", card.replace("UID:card", "UID:other").replace("Eva", "Otto").replace("eva@", "otto@"), "text/vcard")


def names():
    call(book.refresh_sync, None)
    wait(2)
    _, contacts = call(book.get_contacts_sync, '(contains "email" "@example.com")', None)
    return contacts, sorted(contact.get_property("full-name") for contact in contacts)


contacts, seen["contacts"] = names()
mine = next(contact for contact in contacts if contact.get_property("full-name") == "Eva Contact")
mine.set_property("full-name", "Eva Renamed")
call(book.modify_contact_sync, mine, 0, None)
seen["contacts, renamed"] = names()[1]
call(book.remove_contact_sync, mine, 0, None)
elsewhere("DELETE", book_path + "other.vcf")
seen["contacts at the end"] = names()[1]
print(json.dumps(seen))
