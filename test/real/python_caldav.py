"""What python-caldav sees of a server: asked by python-caldav.test.ts, answered as one JSON object."""

import datetime
import json
import sys

import caldav
from caldav.elements import dav

url, user, password = sys.argv[1:4]


def calendar_of(kind, *lines):
    body = "\r\n".join([f"BEGIN:{kind}", "DTSTAMP:20200101T000000Z", *lines, f"END:{kind}"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{body}\r\nEND:VCALENDAR\r\n"


def day(month, number):
    return datetime.datetime(2020, month, number)


client = caldav.DAVClient(url=url, username=user, password=password)
principal = client.principal()
seen = {
    "principal": principal.url.path,
    "addresses": principal.calendar_user_address_set(),
    "calendars": sorted(c.url.path for c in principal.calendars()),
    "caldav": client.check_cdav_support(),
    "scheduling": client.check_scheduling_support(),
}

calendar = principal.make_calendar(name="Python", cal_id="python")
calendar.add_event(calendar_of("VEVENT", "UID:once", "DTSTART:20200102T100000Z", "DTEND:20200102T110000Z", "SUMMARY:Bastille"))
calendar.add_event(calendar_of("VEVENT", "UID:weekly", "DTSTART:20200110T100000Z", "DTEND:20200110T110000Z", "RRULE:FREQ=WEEKLY;COUNT=5", "CATEGORIES:a,b", "SUMMARY:Weekly"))
calendar.add_todo(calendar_of("VTODO", "UID:task", "DUE:20200105T100000Z", "STATUS:NEEDS-ACTION", "SUMMARY:Task"))
calendar.save_journal(calendar_of("VJOURNAL", "UID:day", "DTSTART;VALUE=DATE:20200105", "SUMMARY:A day"))

seen["events"] = len(calendar.events())
seen["in a day"] = len(calendar.date_search(day(1, 2), day(1, 3)))
seen["from a day on"] = len(calendar.date_search(day(1, 9)))
seen["expanded"] = len(calendar.search(start=day(1, 9), end=day(3, 9), event=True, expand=True))
seen["by text"] = len(calendar.search(event=True, summary="Bast"))
seen["by category"] = len(calendar.search(event=True, category="a"))
seen["of any kind in a range"] = len(calendar.search(start=day(1, 1), end=day(2, 1)))
seen["of any kind"] = len(calendar.search())
seen["journals"] = len(calendar.journals())
seen["by uid"] = calendar.event_by_uid("once").url.path
seen["busy"] = calendar.freebusy_request(day(1, 1), day(1, 12)).data.replace("\r\n ", "").replace("\n ", "")

seen["tasks"] = len(calendar.todos())
calendar.todos()[0].complete()
seen["tasks to do"] = len(calendar.todos())
seen["tasks at all"] = len(calendar.todos(include_completed=True))

known = calendar.objects(load_objects=True)
seen["first sync"] = len(list(known))
event = calendar.event_by_uid("once")
event.vobject_instance.vevent.summary.value = "Changed"
event.save()
updated, deleted = known.sync()
seen["after a change"] = [len(list(updated)), len(list(deleted))]
event.delete()
updated, deleted = known.sync()
seen["after a deletion"] = [len(list(updated)), len(list(deleted))]

calendar.set_properties([dav.DisplayName("Renamed")])
seen["name"] = calendar.get_properties([dav.DisplayName()])["{DAV:}displayname"]
calendar.delete()
seen["calendars at the end"] = sorted(c.url.path for c in principal.calendars())
print(json.dumps(seen))
