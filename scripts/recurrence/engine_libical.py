"""Occurrences as libical sees them, by its GObject binding. JSON lines in and out: see engines.ts."""

import json
import os
import signal
import sys

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as ical  # noqa: E402

MOST = 200_000
# Seconds of the processor for one rule.
DEADLINE = 1


def occurrences(case):
    rule = ical.Recurrence.new_from_string(case["rule"])
    if rule is None or rule.get_freq() == ical.RecurrenceFrequency.NO_RECURRENCE:
        return "refused"
    utc = ical.Timezone.get_utc_timezone()
    zone = ical.Timezone.get_builtin_timezone(case["zone"]) if case["zone"] else None
    start = ical.Time.new_from_string(case["start"])
    if zone is not None:
        start.set_timezone(zone)
    walk = ical.RecurIterator.new(rule, start)
    found = []
    for _ in range(MOST):
        moment = walk.next()
        if moment is None or moment.is_null_time():
            return found
        text = moment.as_ical_string().rstrip("Z")
        if text > case["to"]:
            return found
        if text >= case["from"]:
            wall = text if "T" in text else text + "T000000"
            found.append([wall, moment.as_timet_with_zone(zone or utc)])
    return "more than can be walked"


def answer(line):
    try:
        return json.dumps(occurrences(json.loads(line)))
    except TypeError:
        # What the binding makes of an iterator that the library does not give.
        return json.dumps("refused")
    except Exception as error:
        return json.dumps("%s: %s" % (type(error).__name__, error))


def answer_in_time(line):
    """In a child, because nothing else ends a loop inside the library."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.setitimer(signal.ITIMER_VIRTUAL, DEADLINE)
        text = answer(line)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        with os.fdopen(writing, "w") as output:
            output.write(text)
            output.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as output:
        text = output.read()
    os.waitpid(child, 0)
    return text or json.dumps("no answer in time")


for line in sys.stdin:
    print(answer_in_time(line), flush=True)
