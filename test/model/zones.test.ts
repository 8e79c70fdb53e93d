import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOUR, MINUTE } from '../../src/model/civil.ts';
import { readCalendar } from '../../src/model/component.ts';
import { parseDate } from '../../src/model/date-value.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import { UTC, type Zone } from '../../src/model/zone.ts';
import { namedZone } from '../../src/model/zone-names.ts';
import { zoneOfCalendar, zonesOf } from '../../src/model/zones.ts';
import { calendarOf, utc } from './ics.ts';

function iana(name: string): Zone {
  const zone = ianaZone(name);
  assert.ok(zone, `no zone "${name}"`);
  return zone;
}

describe('ianaZone', () => {
  const offsets: [name: string, instant: string, hours: number][] = [
    ['Europe/Paris', '2024-01-15', 1],
    ['Europe/Paris', '2024-07-15', 2],
    ['Europe/Paris', '2024-03-31T00:59:59Z', 1],
    ['Europe/Paris', '2024-03-31T01:00:00Z', 2],
    ['America/New_York', '2006-04-02T06:59:59Z', -5],
    ['America/New_York', '2006-04-02T07:00:00Z', -4],
    ['Asia/Kolkata', '2024-01-15', 5.5],
    ['Australia/Lord_Howe', '2024-01-15', 11],
    ['Australia/Lord_Howe', '2024-07-15', 10.5],
    ['Africa/Casablanca', '2024-03-15', 0],
    ['Africa/Casablanca', '2024-05-15', 1],
    // Beyond 2038, where 32 bits of seconds end.
    ['Europe/Paris', '2090-07-15', 2],
    ['Europe/Paris', '9998-07-15', 2],
    // The day that Samoa left out.
    ['Pacific/Apia', '2011-12-30T09:59:59Z', -10],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', 14],
    ['UTC', '2024-07-15', 0],
  ];
  for (const [name, instant, hours] of offsets) {
    test(`${name} is ${hours} h from UTC at ${instant}`, () => {
      assert.equal(iana(name).offsetAt(utc(instant)), hours * HOUR);
    });
  }

  test('knows local mean time to the second', () => {
    assert.equal(iana('Europe/Paris').offsetAt(utc('1880-01-01')), 9 * MINUTE + 21_000);
  });

  test('gives the same zone for the same name, and null for no name', () => {
    assert.equal(ianaZone('Europe/Oslo'), ianaZone('Europe/Oslo'));
    assert.equal(ianaZone('Mars/Olympus'), null);
  });
});

describe('toUtc', () => {
  const walls: [what: string, zone: string, wall: string, instant: string][] = [
    ['an ordinary time', 'Europe/Paris', '2024-05-01T10:00:00Z', '2024-05-01T08:00:00Z'],
    [
      'a skipped time has the offset from before',
      'Europe/Paris',
      '2024-03-31T02:30:00Z',
      '2024-03-31T01:30:00Z',
    ],
    ['the end of a gap', 'Europe/Paris', '2024-03-31T03:00:00Z', '2024-03-31T01:00:00Z'],
    ['the last time before a gap', 'Europe/Paris', '2024-03-31T01:59:59Z', '2024-03-31T00:59:59Z'],
    ['of a time that comes twice, the first', 'Europe/Paris', '2024-10-27T02:30:00Z', '2024-10-27T00:30:00Z'],
    ['the end of an overlap', 'Europe/Paris', '2024-10-27T03:00:00Z', '2024-10-27T02:00:00Z'],
    ['west of Greenwich, the first', 'America/New_York', '2024-11-03T01:30:00Z', '2024-11-03T05:30:00Z'],
    ['west of Greenwich, a gap', 'America/New_York', '2024-03-10T02:30:00Z', '2024-03-10T07:30:00Z'],
    ['half an hour', 'Australia/Lord_Howe', '2024-10-06T02:15:00Z', '2024-10-05T15:45:00Z'],
    ['on the day that is not there', 'Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12-30T22:00:00Z'],
    ['after the day that is not there', 'Pacific/Apia', '2011-12-31T12:00:00Z', '2011-12-30T22:00:00Z'],
    ['where midnight is skipped', 'America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
  ];
  for (const [what, zone, wall, instant] of walls) {
    test(`${what}: ${wall} in ${zone}`, () => {
      assert.equal(new Date(iana(zone).toUtc(utc(wall))).toISOString(), new Date(utc(instant)).toISOString());
    });
  }
});

describe('namedZone', () => {
  const names: [tzid: string, zone: string | null][] = [
    ['Europe/Paris', 'Europe/Paris'],
    ['europe/paris', 'Europe/Paris'],
    [' Europe/Paris ', 'Europe/Paris'],
    ['"Europe/Paris"', 'Europe/Paris'],
    ['America/New York', 'America/New_York'],
    ['US/Eastern', 'America/New_York'],
    ['US-Eastern', 'America/New_York'],
    ['/freeassociation.sourceforge.net/Tzfile/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/America/Argentina/Salta', 'America/Argentina/Salta'],
    ['/mozilla.org/20050126_1/Europe/Berlin', 'Europe/Berlin'],
    ['/softwarestudio.org/Olson_20011030_5/America/Chicago', 'America/Chicago'],
    ['/citadel.org/20190914_1/Asia/Tokyo', 'Asia/Tokyo'],
    ['posix/Europe/Vaduz', 'Europe/Vaduz'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['W. Europe Daylight Time', 'Europe/Berlin'],
    ['Pacific Standard Time', 'America/Los_Angeles'],
    ['GMT Standard Time', 'Europe/London'],
    ['Eastern', 'America/New_York'],
    ['W. Europe', 'Europe/Berlin'],
    ['(UTC-05:00) Eastern Time (US & Canada)', 'America/New_York'],
    ['Pacific Time (US & Canada), Tijuana', 'America/Los_Angeles'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
    ['Canberra, Melbourne, Sydney', 'Australia/Melbourne'],
    ['(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi', 'Asia/Kolkata'],
    ['(GMT) Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London', 'Europe/Dublin'],
    ['(UTC) Coordinated Universal Time', 'UTC'],
    ['Kamchatka Standard Time', 'Asia/Kamchatka'],
    ['Mexico Standard Time 2', 'America/Chihuahua'],
    ['UTC', 'UTC'],
    ['Z', 'UTC'],
    ['Etc/GMT', 'UTC'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['CET', 'Europe/Brussels'],
    // ICU takes it for Dhaka.
    ['BST', null],
    ['IST', null],
    ['tzone://Microsoft/Custom', null],
    ['Customized Time Zone', null],
    ['Nowhere/Middle', null],
    ['__proto__', null],
    ['1', null],
    ['', null],
  ];
  for (const [tzid, expected] of names) {
    test(`reads "${tzid}" as ${expected ?? 'nothing'}`, () => {
      const zone = namedZone(tzid);
      if (expected === null) return assert.equal(zone, null);
      for (const day of ['1999-01-15', '1999-07-15', '2024-01-15', '2024-07-15']) {
        assert.equal(zone?.offsetAt(utc(day)), iana(expected).offsetAt(utc(day)));
      }
    });
  }

  const fixed: [tzid: string, hours: number][] = [
    ['GMT+0100', 1],
    ['UTC-3:30', -3.5],
    ['+05:45', 5.75],
    ['(GMT -03:00)', -3],
    // POSIX counts the other way round.
    ['Etc/GMT-2', 2],
  ];
  for (const [tzid, hours] of fixed) {
    test(`reads "${tzid}" as ${hours} h from UTC`, () => {
      assert.equal(namedZone(tzid)?.offsetAt(0), hours * HOUR);
    });
  }
});

const EASTERN = [
  'BEGIN:VTIMEZONE',
  'LAST-MODIFIED:20040110T032845Z',
  'TZID:Somewhere',
  'BEGIN:DAYLIGHT',
  'DTSTART:20000404T020000',
  'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4',
  'TZNAME:EDT',
  'TZOFFSETFROM:-0500',
  'TZOFFSETTO:-0400',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:20001026T020000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'TZNAME:EST',
  'TZOFFSETFROM:-0400',
  'TZOFFSETTO:-0500',
  'END:STANDARD',
  'END:VTIMEZONE',
];

describe('zoneOfCalendar', () => {
  function zoneOf(...lines: string[]): Zone {
    const zone = zoneOfCalendar(calendarOf(...lines));
    assert.ok(zone);
    return zone;
  }

  test('follows the rules of the VTIMEZONE', () => {
    const zone = zoneOf(...EASTERN);
    const offsets: [instant: string, hours: number][] = [
      ['2006-04-02T06:59:59Z', -5],
      ['2006-04-02T07:00:00Z', -4],
      ['2006-10-29T05:59:59Z', -4],
      ['2006-10-29T06:00:00Z', -5],
      ['2050-01-15', -5],
      ['2050-07-15', -4],
      ['2500-07-15', -4],
      // Before it begins there is nothing but the offset from which it sets out.
      ['1990-07-15', -5],
    ];
    for (const [instant, hours] of offsets) assert.equal(zone.offsetAt(utc(instant)), hours * HOUR, instant);
    assert.equal(zone.toUtc(utc('2006-04-02T02:30:00Z')), utc('2006-04-02T07:30:00Z'));
    assert.equal(zone.toUtc(utc('2006-10-29T01:30:00Z')), utc('2006-10-29T05:30:00Z'));
  });

  test('follows RDATE and rules that end', () => {
    const zone = zoneOf(
      'BEGIN:VTIMEZONE',
      'TZID:Somewhere',
      'BEGIN:STANDARD',
      'DTSTART:16010101T000000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:20000326T020000',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20020331T010000Z',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'END:DAYLIGHT',
      'BEGIN:STANDARD',
      'DTSTART:20001029T030000',
      'RDATE:20011028T030000,20021027T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
    );
    const summers = ['1999', '2000', '2001', '2002', '2003', '2040'].map((year) =>
      zone.offsetAt(utc(`${year}-07-15`)),
    );
    assert.deepEqual(summers, [HOUR, 2 * HOUR, 2 * HOUR, 2 * HOUR, HOUR, HOUR]);
  });

  test('remembers the zone of a text', () => {
    assert.equal(zoneOf(...EASTERN), zoneOf(...EASTERN));
  });

  const nothing: [what: string, lines: string[]][] = [
    ['no VTIMEZONE', ['BEGIN:VEVENT', 'END:VEVENT']],
    ['a VTIMEZONE without TZID', ['BEGIN:VTIMEZONE', 'END:VTIMEZONE']],
    ['a VTIMEZONE without observances', ['BEGIN:VTIMEZONE', 'TZID:Nowhere', 'END:VTIMEZONE']],
    [
      'an observance that says nothing',
      [
        'BEGIN:VTIMEZONE',
        'TZID:Nowhere',
        'BEGIN:STANDARD',
        'DTSTART:x',
        'TZOFFSETTO:+9999',
        'END:STANDARD',
        'END:VTIMEZONE',
      ],
    ],
  ];
  for (const [what, lines] of nothing) {
    test(`is null for ${what}`, () => assert.equal(zoneOfCalendar(calendarOf(...lines)), null));
  }

  test('takes no time for hostile rules', () => {
    const zone = zoneOf(
      'BEGIN:VTIMEZONE',
      'TZID:Hostile',
      ...Array.from({ length: 1000 }, () => [
        'BEGIN:STANDARD',
        'DTSTART:19700101T000000',
        'RRULE:FREQ=SECONDLY',
        'TZOFFSETFROM:+0100',
        'TZOFFSETTO:+0200',
        'END:STANDARD',
      ]).flat(),
      'END:VTIMEZONE',
    );
    assert.equal(typeof zone.offsetAt(utc('2024-01-01')), 'number');
  });
});

describe('zonesOf', () => {
  const at = (tzid: string | null, lines: string[]): number => {
    const value = parseDate('20240715T120000', tzid);
    assert.ok(value);
    const zones = zonesOf(readCalendar(calendarOf(...lines)), iana('Asia/Tokyo'));
    return (value.wall - zones.of(value).toUtc(value.wall)) / HOUR;
  };
  const zoneWith = (tzid: string): string[] => EASTERN.map((line) => line.replace('Somewhere', tzid));

  test('reads floating times in the floating zone', () => assert.equal(at(null, []), 9));
  test('needs no VTIMEZONE for a known name', () => assert.equal(at('Europe/Paris', []), 2));
  test('takes the VTIMEZONE of an unknown name', () => assert.equal(at('Nowhere', zoneWith('Nowhere')), -4));
  test('falls back to the floating zone', () => assert.equal(at('Nowhere', zoneWith('Elsewhere')), 9));
  test('takes the VTIMEZONE where it plainly differs from what its name says', () => {
    assert.equal(at('Europe/Paris', zoneWith('Europe/Paris')), -4);
  });
  test('takes the VTIMEZONE where it changes clocks that are never changed by its name', () => {
    // The tz database means Panama by EST; who writes a VTIMEZONE for it means New York.
    const eastern = EASTERN.map((line) => line.replace('Somewhere', 'EST'));
    const zones = zonesOf(readCalendar(calendarOf(...eastern)), UTC);
    const value = parseDate('20240715T120000', 'EST');
    assert.ok(value);
    assert.equal(zones.of(value).toUtc(value.wall), utc('2024-07-15T16:00:00Z'));
  });
  test('takes the name where the VTIMEZONE is only out of date', () => {
    const days = EASTERN.map((line) => line.replace('Somewhere', 'US/Eastern'));
    const zones = zonesOf(readCalendar(calendarOf(...days)), UTC);
    const value = parseDate('20240315T120000', 'US/Eastern');
    assert.ok(value);
    // Daylight saving time begins in March since 2007, not in April.
    assert.equal(zones.of(value).toUtc(value.wall), utc('2024-03-15T16:00:00Z'));
  });
  test('reads escapes in the TZID of a VTIMEZONE', () => {
    assert.equal(at('Kuala Nowhere, Sangapore', zoneWith('Kuala Nowhere\\, Sangapore')), -4);
  });
});
