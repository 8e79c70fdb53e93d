import { Buffer } from 'node:buffer';
import { findIana } from 'windows-iana';
import { HOUR, MINUTE } from './civil.ts';
import { ianaZone } from './iana-zone.ts';
import { fixedZone, UTC, type Zone } from './zone.ts';

/**
 * Short names that mean one zone to the tz database. ICU knows more, but guesses (`BST` is Dhaka), and a guess must
 * not win over the VTIMEZONE that says what was meant.
 */
const ABBREVIATIONS = new Set('CET EET MET WET EST MST HST ROC ROK PRC GB NZ CUBA EIRE IRAN'.split(' '));
const ABBREVIATION = /^[a-z]{1,4}$/i;
const UTC_NAME =
  /^(?:etc\/)?(?:z|utc|gmt|uct|zulu|universal|greenwich|(?:\((?:utc|gmt)\) )?coordinated universal time)$/i;
/** `GMT+0100`, `UTC-3:30`, `(GMT +01:00)`: east is positive, unlike in `Etc/GMT-1`. */
const OFFSET = /^\(?(?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d\d))?\)?$/i;
/** `(UTC+01:00) Amsterdam, Berlin, Bern`: names that Outlook and Exchange show to people. */
const LABEL = /^\((?:UTC|GMT)[^)]*\)\s*/i;
const LABEL_OF_AMERICA = /^(\w+) Time \(US (?:&|and) Canada\).*$/i;
const DAYLIGHT = / Daylight Time$/i;
/** Names that Windows gave up and CLDR forgot. */
const FORMER_WINDOWS: ReadonlyMap<string, string> = new Map([
  ['Armenian Standard Time', 'Asia/Yerevan'],
  ['Kamchatka Standard Time', 'Asia/Kamchatka'],
  ['Mexico Standard Time', 'America/Mexico_City'],
  ['Mexico Standard Time 2', 'America/Chihuahua'],
  ['Mid-Atlantic Standard Time', 'Etc/GMT+2'],
]);
const REGIONS = ['Europe', 'Asia', 'America', 'Africa', 'Australia', 'Pacific', 'Atlantic', 'Indian'];
const QUOTES_AND_BLANKS = /^[\s"]+|[\s"]+$/g;
const LONGEST_IANA_NAME = 3;
const MOST_NAMES = 10_000;

const known = new Map<string, Zone | null>();

/**
 * The zone that a TZID names if the world knows it: IANA's, Windows's, or either in the dress of some program.
 * Null where only a VTIMEZONE can tell.
 */
export function namedZone(tzid: string): Zone | null {
  const zone = known.get(tzid);
  if (zone !== undefined) return zone;
  // A copy: V8 keeps the whole source alive for a slice of it.
  const name = Buffer.from(tzid).toString();
  const found = findZone(name.replace(QUOTES_AND_BLANKS, ''));
  // Names come from strangers' files.
  if (known.size >= MOST_NAMES) known.clear();
  known.set(name, found);
  return found;
}

function findZone(name: string): Zone | null {
  if (UTC_NAME.test(name.slice(name.lastIndexOf('/') + 1))) return UTC;
  return zoneOfOffset(name) ?? zoneOfPath(name) ?? zoneOfWindows(name);
}

function zoneOfOffset(name: string): Zone | null {
  const found = OFFSET.exec(name);
  if (found === null) return null;
  const offset = Number(found[2]) * HOUR + Number(found[3] ?? 0) * MINUTE;
  if (offset > 15 * HOUR) return null;
  return fixedZone(name, found[1] === '-' ? -offset : offset);
}

/**
 * `Europe/Berlin`, `America/New York`, and the ends of `/freeassociation.sourceforge.net/Tzfile/Europe/Berlin`
 * (libical), `/mozilla.org/20050126_1/Europe/Berlin`, `/softwarestudio.org/Olson_20011030_5/America/Argentina/Salta`,
 * `/citadel.org/20190914_1/Europe/Berlin`: globally unique TZIDs (RFC 5545 §3.8.3.1) with the zone in last place.
 */
function zoneOfPath(name: string): Zone | null {
  if (name === '' || (ABBREVIATION.test(name) && !ABBREVIATIONS.has(name.toUpperCase()))) return null;
  const path = name.replaceAll(' ', '_');
  // `US-Eastern` stands in files of Oracle's calendar.
  const whole = ianaZone(path) ?? ianaZone(path.replace('-', '/'));
  if (whole !== null) return whole;
  const segments = path.split('/');
  for (let length = Math.min(LONGEST_IANA_NAME, segments.length); length > 1; length -= 1) {
    const zone = ianaZone(segments.slice(-length).join('/'));
    if (zone !== null) return zone;
  }
  return null;
}

/** `W. Europe Standard Time` (Windows), `W. Europe` (Lotus Notes), and the labels shown to people. */
function zoneOfWindows(name: string): Zone | null {
  const label = name.replace(LABEL, '');
  const standard = label.replace(DAYLIGHT, ' Standard Time').replace(LABEL_OF_AMERICA, '$1 Standard Time');
  const iana =
    FORMER_WINDOWS.get(standard) ?? findIana(standard)[0] ?? findIana(`${standard} Standard Time`)[0];
  if (iana !== undefined) return ianaZone(iana);
  return label !== name || label.includes(',') ? zoneOfCities(label) : null;
}

/** The first of the cities after which a zone is named. */
function zoneOfCities(label: string): Zone | null {
  for (const city of label.split(/[,;:]/)) {
    const name = city.trim().replaceAll(' ', '_');
    for (const region of name === '' ? [] : REGIONS) {
      const zone = ianaZone(`${region}/${name}`);
      if (zone !== null) return zone;
    }
  }
  return null;
}
