import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorName } from '../../src/model/color-names.ts';
import { propertiesOf, property, readCalendar } from '../../src/model/component.ts';
import { wholeCalendar } from '../../src/model/whole-calendar.ts';

const zone = (tzid: string, offset = '+0100') =>
  `BEGIN:VTIMEZONE\nTZID:${tzid}\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:${offset}\nTZOFFSETTO:${offset}\nEND:STANDARD\nEND:VTIMEZONE\n`;
const event = (uid: string, tzid: string) =>
  `BEGIN:VEVENT\nUID:${uid}\nDTSTART;TZID=${tzid}:20260101T100000\nX-ODD;P=1:kept as it is\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n`;
const object = (...parts: string[]) =>
  `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n${parts.join('')}END:VCALENDAR\n`;

async function merged(...objects: string[]): Promise<string> {
  async function* bytes() {
    for (const text of objects) yield Buffer.from(text);
  }
  let text = '';
  for await (const piece of wholeCalendar([{ name: 'NAME', value: 'Work\\, mine' }], bytes())) text += piece;
  return text;
}

test('wholeCalendar: one VCALENDAR with its properties, and each component as it was', async () => {
  const text = await merged(object(event('a', 'X')), object(event('b', 'X')));
  assert.equal(
    text,
    `BEGIN:VCALENDAR\nVERSION:2.0\nNAME:Work\\, mine\nCALSCALE:GREGORIAN\n${event('a', 'X')}${event('b', 'X')}END:VCALENDAR\n`.replaceAll(
      '\n',
      '\r\n',
    ),
  );
});

test('wholeCalendar: a zone comes once, before what uses it', async () => {
  const text = await merged(
    object(event('a', 'Home'), zone('Home')),
    object(zone('Home'), event('b', 'Home')),
    object(zone('Europe/Berlin'), event('c', 'Europe/Berlin')),
    object(zone('Europe/Berlin', '+0200'), event('d', 'Europe/Berlin')),
  );
  const { root } = readCalendar(Buffer.from(text));
  assert.deepEqual(
    root.components.map(
      (component) => `${property(component, 'TZID')?.value ?? property(component, 'UID')?.value}`,
    ),
    ['Home', 'a', 'b', 'Europe/Berlin', 'c', 'd'],
  );
});

test('wholeCalendar: another zone of the same name gets a name of its own', async () => {
  const text = await merged(
    object(zone('Home'), event('a', 'Home')),
    object(zone('Home', '+0500'), event('b', 'Home')),
    object(zone('Home', '+0500'), event('c', 'Home')),
    object(zone('Home (2)', '+0700'), event('d', 'Home (2)')),
    object(zone('Home'), event('e', 'Home')),
  );
  const { root } = readCalendar(Buffer.from(text));
  const zones = root.components.filter(({ name }) => name === 'VTIMEZONE');
  assert.equal(new Set(zones.map((one) => property(one, 'TZID')?.value)).size, 3);
  const used = root.components.flatMap((one) =>
    propertiesOf(one, 'DTSTART').map(({ params }) => params[0]?.values[0]),
  );
  assert.deepEqual(used.slice(0, 3), ['Home', 'Home (2)', 'Home (2)']);
  assert.equal(used[4], 'Home');
  assert.notEqual(used[3], 'Home (2)');
});

test('wholeCalendar: what can\u2019t be read does not hide the rest', async () => {
  assert.match(await merged('nonsense', object(event('a', 'X'))), /UID:a/);
  assert.doesNotMatch(await merged('nonsense'), /nonsense/);
});

test('colorName: names stay, others become the nearest name', () => {
  assert.equal(colorName('#FF0000FF'), 'red');
  assert.equal(colorName('#ff6346'), 'tomato');
  assert.equal(colorName('Turquoise'), 'turquoise');
  assert.equal(colorName('#0e61b9ff'), 'royalblue');
  for (const none of ['', '#fff', 'blue-ish', '#GGGGGG']) assert.equal(colorName(none), undefined, none);
});
