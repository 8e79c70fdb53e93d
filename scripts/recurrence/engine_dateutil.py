"""Occurrences as python3-dateutil sees them. JSON lines in and out: see engines.ts."""

import json
import signal
import sys
import warnings
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

warnings.simplefilter("ignore")
# Seconds of the processor for one rule: where nothing fits it walks until the year 9999.
DEADLINE = 1


class OutOfTime(Exception):
    pass


def out_of_time(*_):
    raise OutOfTime


def read(text):
    return datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")


def occurrences(case):
    zone = ZoneInfo(case["zone"]) if case["zone"] else None
    start = read(case["start"]).replace(tzinfo=zone)
    first = read(case["from"]).replace(tzinfo=zone)
    last = read(case["to"]).replace(tzinfo=zone)
    rule = rrulestr(case["rule"], dtstart=start)
    found = []
    for moment in rule:
        if moment.replace(tzinfo=None) > last.replace(tzinfo=None):
            break
        if moment.replace(tzinfo=None) >= first.replace(tzinfo=None):
            # fold=0 is what RFC 5545 section 3.3.5 wants of times that come twice or not at all.
            instant = int(moment.replace(tzinfo=zone or timezone.utc, fold=0).timestamp())
            found.append([moment.strftime("%Y%m%dT%H%M%S"), instant])
    return found


def answer(case):
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, DEADLINE)
        found = occurrences(case)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return found
    except OutOfTime:
        return "no answer in time"
    except Exception as error:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return "%s: %s" % (type(error).__name__, error)


signal.signal(signal.SIGVTALRM, out_of_time)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
