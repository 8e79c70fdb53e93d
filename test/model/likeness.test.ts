import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contactLikeness, contradict } from '../../src/model/contact-likeness.ts';
import { mergeContacts } from '../../src/model/contact-merge.ts';
import { eventLikeness, saysAllOf } from '../../src/model/event-likeness.ts';
import { looseText } from '../../src/model/likeness.ts';
import { checkAddressObject } from '../../src/model/vcard.ts';
import { cardOf, linesOf } from './cards.ts';

const card = (...lines: string[]) => Buffer.from(cardOf('3.0', ...lines));
const card4 = (...lines: string[]) => Buffer.from(cardOf('4.0', ...lines));

const event = (...lines: string[]) =>
  Buffer.from(
    ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(
      '\r\n',
    ),
  );

const NAME = ['N:Doe;John;;;', 'FN:John Doe'];

describe('contacts that say exactly the same', () => {
  const one = card(
    'UID:1',
    ...NAME,
    'TEL;TYPE=CELL,VOICE:1',
    'item1.EMAIL:a@example.com',
    'item1.X-ABLabel:x',
  );
  for (const [fact, other] of [
    [
      'with another UID and date',
      card(
        'UID:2',
        'REV:2026-01-01T00:00:00Z',
        ...NAME,
        'TEL;TYPE=CELL,VOICE:1',
        'item1.EMAIL:a@example.com',
        'item1.X-ABLabel:x',
      ),
    ],
    [
      'in another order',
      card('item1.X-ABLabel:x', 'item1.EMAIL:a@example.com', 'TEL;TYPE=CELL,VOICE:1', ...NAME),
    ],
    [
      'with types spelled otherwise',
      card(...NAME, 'TEL;type=cell:1', 'item1.EMAIL;type=INTERNET:a@example.com', 'item1.X-ABLabel:x'),
    ],
    [
      'with other names of groups',
      card(...NAME, 'TEL;TYPE=cell:1', 'g.EMAIL:a@example.com', 'g.X-ABLabel:x'),
    ],
    ['as vCard 4.0', card4(...NAME, 'TEL;TYPE=cell:1', 'item1.EMAIL:a@example.com', 'item1.X-ABLabel:x')],
  ] as const) {
    test(fact, () => assert.equal(contactLikeness(other)?.exact, contactLikeness(one)?.exact));
  }

  for (const [fact, other] of [
    ['another number', card(...NAME, 'TEL;TYPE=cell:2', 'item1.EMAIL:a@example.com', 'item1.X-ABLabel:x')],
    ['another label', card(...NAME, 'TEL;TYPE=cell:1', 'item1.EMAIL:a@example.com', 'item1.X-ABLabel:y')],
    ['another type', card(...NAME, 'TEL;TYPE=home:1', 'item1.EMAIL:a@example.com', 'item1.X-ABLabel:x')],
    [
      'something more',
      card(...NAME, 'TEL;TYPE=cell:1', 'item1.EMAIL:a@example.com', 'item1.X-ABLabel:x', 'NOTE:z'),
    ],
  ] as const) {
    test(`not with ${fact}`, () =>
      assert.notEqual(contactLikeness(other)?.exact, contactLikeness(one)?.exact));
  }
});

describe('contacts that are near', () => {
  const near = (a: Buffer, b: Buffer) => {
    const keys = new Set(contactLikeness(a)?.near);
    return contactLikeness(b)?.near.some((key) => keys.has(key)) ?? false;
  };
  const one = card('FN:Renée Dubois', 'EMAIL:r@example.com', 'TEL:+33 1 23 45 67 89');

  for (const [fact, other] of [
    ['the same address, in another case', card('FN:Renée Dubois', 'EMAIL;TYPE=work:R@Example.com')],
    ['the same number, written otherwise', card('FN:Renée Dubois', 'TEL:01.23.45.67.89')],
    ['the name the other way round', card('FN:DUBOIS\\, Renee', 'EMAIL:r@example.com')],
    ['vCard 4.0', card4('FN:Renée Dubois', 'TEL;VALUE=uri:tel:+33-1-23-45-67-89')],
  ] as const) {
    test(`by ${fact}`, () => assert.ok(near(one, other)));
  }

  for (const [fact, other] of [
    ['the same address under another name', card('FN:René Dubois-Martin', 'EMAIL:r@example.com')],
    ['the same name alone', card('FN:Renée Dubois')],
    ['a group', card('FN:Renée Dubois', 'EMAIL:r@example.com', 'X-ADDRESSBOOKSERVER-KIND:group')],
  ] as const) {
    test(`not by ${fact}`, () => assert.ok(!near(one, other)));
  }

  test('but not with different birthdays', () => {
    assert.ok(contradict(card('FN:a', 'BDAY:1980-01-01'), card4('FN:a', 'BDAY:19800102')));
    assert.ok(!contradict(card('FN:a', 'BDAY:1980-01-01'), card4('FN:a', 'BDAY:19800101')));
    assert.ok(!contradict(card('FN:a', 'BDAY:1980-01-01'), card('FN:a')));
  });
});

describe('mergeContacts', () => {
  test('adds what the kept card lacks after its own lines, which stay as they are', () => {
    const kept = card(
      'UID:1',
      ...NAME,
      'TEL;TYPE=cell:+1 555 0101',
      'item1.URL:http://a.example',
      'item1.X-ABLabel:a',
    );
    const merged = mergeContacts(kept, [
      card('UID:2', 'N:Other;;;;', 'FN:Other', 'TEL:+15550101', 'TEL:+1 555 0102', 'BDAY:1980-01-01'),
      card4(
        'UID:3',
        'FN:Third',
        'BDAY:19810101',
        'item1.EMAIL:a@example.com',
        'item1.X-ABLabel:b',
        'NOTE:note',
      ),
    ]);
    assert.deepEqual(linesOf(merged), [
      ...linesOf(kept),
      'TEL:+1 555 0102',
      'BDAY:1980-01-01',
      'item2.EMAIL:a@example.com',
      'item2.X-ABLABEL:b',
      'NOTE:note',
    ]);
    assert.equal(checkAddressObject(merged).facts.uid, '1');
  });

  test('gives the very bytes back where nothing is lacking', () => {
    const kept = card('UID:1', ...NAME, 'EMAIL:a@example.com');
    assert.equal(mergeContacts(kept, [card('UID:2', 'FN:John Doe', 'EMAIL;TYPE=work:A@example.com')]), kept);
  });
});

describe('events', () => {
  const one = event(
    'UID:1',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260501T100000Z',
    'DURATION:PT1H',
    'SUMMARY:Lunch',
  );

  test('that say the same but for UID and stamps are exact repeats', () => {
    const other = event(
      'SUMMARY:Lunch',
      'DURATION:PT1H',
      'DTSTART:20260501T100000Z',
      'SEQUENCE:2',
      'UID:2',
      'CREATED:20250101T000000Z',
    );
    assert.equal(eventLikeness(other)?.exact, eventLikeness(one)?.exact);
  });

  test('of other times or titles are neither exact nor near', () => {
    for (const other of [
      event('UID:2', 'DTSTART:20260502T100000Z', 'DURATION:PT1H', 'SUMMARY:Lunch'),
      event('UID:2', 'DTSTART;TZID=Europe/Paris:20260501T100000', 'DURATION:PT1H', 'SUMMARY:Lunch'),
      event('UID:2', 'DTSTART:20260501T100000Z', 'DURATION:PT1H', 'SUMMARY:Dinner'),
      event('UID:2', 'DTSTART:20260501T100000Z', 'DURATION:PT1H', 'SUMMARY:Lunch', 'RRULE:FREQ=DAILY'),
    ]) {
      assert.notEqual(eventLikeness(other)?.exact, eventLikeness(one)?.exact);
      assert.notDeepEqual(eventLikeness(other)?.near, eventLikeness(one)?.near);
    }
  });

  test('of the same times and words are near, and the one that says more says all of the other', () => {
    const more = event(
      'UID:2',
      'DTSTART:20260501T100000Z',
      'DURATION:PT1H',
      'SUMMARY:Lunch',
      'LOCATION:Here',
    );
    assert.notEqual(eventLikeness(more)?.exact, eventLikeness(one)?.exact);
    assert.deepEqual(eventLikeness(more)?.near, eventLikeness(one)?.near);
    assert.ok(saysAllOf(more, one));
    assert.ok(!saysAllOf(one, more));
  });

  test('that are invitations are never exact repeats', () => {
    const invitation = event(
      'UID:1',
      'DTSTART:20260501T100000Z',
      'SUMMARY:Lunch',
      'ORGANIZER:mailto:a@example.com',
    );
    assert.equal(eventLikeness(invitation)?.exact, null);
    assert.equal(eventLikeness(invitation)?.near.length, 1);
  });

  test('that can not be read are not compared', () => {
    assert.equal(eventLikeness(Buffer.from('rubbish')), null);
    assert.equal(contactLikeness(Buffer.from('rubbish')), null);
  });
});

test('looseText: words without case, accents, order and punctuation', () => {
  assert.equal(looseText('Dubois, RENÉE (Mme.)'), 'dubois mme renee');
  assert.equal(looseText('山田 太郎'), looseText('太郎　山田'));
  assert.equal(looseText(' – '), '');
});
