"""Reads vCards with Debian's python3-vobject: JSON list of base64 in, JSON list of property lists (or null) out."""

import base64
import io
import json
import sys

import vobject.base


def properties(text):
    """[group, name, params, value] for each line of a card; null where vobject takes it for none."""
    try:
        lines = list(vobject.base.getLogicalLines(io.StringIO(text, newline=""), allowQP=False))
        parsed = [vobject.base.parseLine(line, number) for line, number in lines]
    except vobject.base.VObjectError:
        return None
    frame = [(name.upper(), value.strip().upper()) for name, _, value, _ in parsed[:1] + parsed[-1:]]
    if frame != [("BEGIN", "VCARD"), ("END", "VCARD")]:
        return None
    return [[group or "", name, params, value] for name, params, value, group in parsed[1:-1]]


cards = json.load(sys.stdin)
json.dump([properties(base64.b64decode(card).decode("utf-8", "replace")) for card in cards], sys.stdout)
