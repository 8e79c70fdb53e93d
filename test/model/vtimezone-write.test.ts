import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timezoneText } from '../../src/model/calendar-timezones.ts';
import { readCalendar } from '../../src/model/component.ts';
import { embeddedZone } from '../../src/model/vtimezone.ts';
import { namedZone } from '../../src/model/zone-names.ts';

const usual = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Casablanca',
  'Asia/Gaza',
  'Asia/Tehran',
  'Pacific/Apia',
  'Europe/Dublin',
  'Antarctica/Troll',
  'UTC',
];
/** Had summer time for two weeks in 2000, which is not told. */
const untold = ['America/Fortaleza', 'America/Maceio'];
const all = Intl.supportedValuesOf('timeZone').filter((name) => !untold.includes(name));
const names = process.env['DAVD_TEST_LONG'] ? all : usual;

for (const name of names) {
  test(`the definition of ${name} says what the tz database does from 1970 to 2037`, () => {
    const zone = namedZone(name);
    assert.ok(zone);
    const text = timezoneText(name, '-//davd//davd//EN') ?? '';
    const component = readCalendar(Buffer.from(text)).root.components[0];
    assert.ok(component);
    const read = embeddedZone(component, name);
    for (let instant = Date.UTC(1970, 0, 2); instant < Date.UTC(2038, 0, 1); instant += 5.3 * 86_400_000) {
      const when = Math.round(instant / 1000) * 1000;
      assert.equal(read?.offsetAt(when), zone.offsetAt(when), new Date(when).toISOString());
    }
  });
}
