import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CardVersion, cardVersion, toVersion } from '../../src/model/vcard-convert.ts';
import { meaningOf } from './card-meaning.ts';
import { cardOf, linesOf } from './cards.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { check, LONG } from './random.ts';

const other = (version: CardVersion): CardVersion => (version === '3.0' ? '4.0' : '3.0');
const NAMED = ['N:Doe;John;;;', 'FN:John Doe'];

/** What becomes of lines of one version, N and FN added so that none has to be made. */
function converted(from: CardVersion, ...lines: string[]): string[] {
  const card = Buffer.from(cardOf(from, NAMED.concat(lines).join('\r\n')));
  return linesOf(toVersion(card, other(from))).filter((line) => !NAMED.includes(line));
}

describe('toVersion: what is said in both versions, and comes back', () => {
  const pairs: [what: string, three: string[], four: string[]][] = [
    ['text', ['NOTE;LANGUAGE=fr:a\\, b\\nc'], ['NOTE;LANGUAGE=fr:a\\, b\\nc']],
    [
      'unknown properties and groups',
      ['item1.X-ABLabel;type=pref:_$!<Home>!$_'],
      ['item1.X-ABLabel;type=pref:_$!<Home>!$_'],
    ],
    ['UID', ['UID:a-b'], ['UID:a-b']],
    ['types', ['TEL;TYPE=home,voice:1'], ['TEL;TYPE=home,voice:1']],
    ['the preferred one', ['item1.TEL;TYPE=home;TYPE=pref:1'], ['item1.TEL;TYPE=home;PREF=1:1']],
    ['the preferred one without a type', ['URL;TYPE=pref:http://a.example'], ['URL;PREF=1:http://a.example']],
    ['a lesser preference', ['EMAIL;PREF=2:a@example.com'], ['EMAIL;PREF=2:a@example.com']],
    ['a birthday', ['BDAY:1996-04-15'], ['BDAY:19960415']],
    ['a birthday without a year', ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15'], ['BDAY:--0415']],
    ['a moment of birth', ['BDAY:1953-10-15T23:10:00Z'], ['BDAY:19531015T231000Z']],
    ['an anniversary', ['X-ANNIVERSARY:2009-08-08'], ['ANNIVERSARY:20090808']],
    [
      'an anniversary without a year',
      ['X-ANNIVERSARY;X-APPLE-OMIT-YEAR=1604:1604-02-29'],
      ['ANNIVERSARY:--0229'],
    ],
    ['the revision', ['REV:1995-10-31T22:27:10Z'], ['REV:19951031T222710Z']],
    ['an offset', ['TZ:-05:00'], ['TZ;VALUE=utc-offset:-0500']],
    ['a zone', ['TZ;VALUE=text:Europe/Berlin'], ['TZ:Europe/Berlin']],
    ['a position', ['GEO:37.386013;-122.082932'], ['GEO:geo:37.386013,-122.082932']],
    ['a photo', ['PHOTO;TYPE=JPEG;ENCODING=b:/9j/AAAA'], ['PHOTO:data:image/jpeg;base64,/9j/AAAA']],
    [
      'a photo of an unnamed kind (Apple)',
      ['PHOTO;ENCODING=b:/9j/AAAA'],
      ['PHOTO;X-DAVD-TYPE=none:data:image/jpeg;base64,/9j/AAAA'],
    ],
    [
      'a photo elsewhere',
      ['PHOTO;TYPE=GIF;VALUE=uri:http://a.example/p'],
      ['PHOTO;MEDIATYPE=image/gif:http://a.example/p'],
    ],
    [
      'a photo at work',
      ['PHOTO;TYPE=PNG;TYPE=work;ENCODING=b:iVBO'],
      ['PHOTO;TYPE=work:data:image/png;base64,iVBO'],
    ],
    ['a sound', ['SOUND;TYPE=OGG;ENCODING=b:T2dn'], ['SOUND:data:audio/ogg;base64,T2dn']],
    ['a key', ['KEY;TYPE=PGP;ENCODING=b:mQEN'], ['KEY:data:application/pgp-keys;base64,mQEN']],
    ['a key in text', ['KEY;VALUE=text:abc'], ['KEY;VALUE=text:abc']],
    [
      'a number that is a URI',
      ['TEL;TYPE=home;X-DAVD-VALUE=uri:+1-555;ext=5'],
      ['TEL;TYPE=home;VALUE=uri:tel:+1-555;ext=5'],
    ],
    [
      'IMPP',
      ['IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@example.com'],
      ['IMPP;X-SERVICE-TYPE=Jabber:xmpp:a@example.com'],
    ],
    [
      'an address of X-JABBER',
      ['X-JABBER;TYPE=home:a b@example.com'],
      ['IMPP;TYPE=home;X-DAVD-NAME=X-JABBER:xmpp:a%20b@example.com'],
    ],
    [
      'a group (Apple)',
      ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a'],
      ['KIND:group', 'MEMBER:urn:uuid:a'],
    ],
    ['a company (Apple)', ['X-ABShowAs:COMPANY'], ['KIND:org']],
    ['gender', ['X-GENDER:O;intersex'], ['GENDER:O;intersex']],
    [
      'a label',
      ['ADR;TYPE=home;TYPE=pref:;;Main St;;;;', 'LABEL;TYPE=home;TYPE=pref:Main St\\nTown'],
      ['ADR;TYPE=home;LABEL=Main St^nTown;PREF=1:;;Main St;;;;'],
    ],
    ['what to sort by', ['SORT-STRING:Doe\\, J'], []],
  ];
  for (const [what, three, four] of pairs) {
    if (four.length === 0) continue;
    test(what, () => {
      assert.deepEqual(converted('3.0', ...three), four);
      assert.deepEqual(converted('4.0', ...four), three);
    });
  }

  test('what to sort by', () => {
    const three = cardOf('3.0', 'N:van der Harten;Rene;;;', 'SORT-STRING:Harten\\, Rene', 'FN:Rene');
    const four = cardOf('4.0', 'N;SORT-AS="Harten, Rene":van der Harten;Rene;;;', 'FN:Rene');
    assert.equal(Buffer.from(toVersion(Buffer.from(three), '4.0')).toString(), four);
    assert.equal(Buffer.from(toVersion(Buffer.from(four), '3.0')).toString(), three);
  });
});

describe('toVersion: what only one version can say travels, and comes back', () => {
  const carried: [what: string, from: CardVersion, line: string, travels: string][] = [
    ['a language', '4.0', 'LANG;PREF=1:fr', 'X-LANG;PREF=1;X-DAVD-NAME=LANG:fr'],
    [
      'a relation',
      '4.0',
      'RELATED;TYPE=friend:urn:uuid:a',
      'X-RELATED;TYPE=friend;X-DAVD-NAME=RELATED:urn:uuid:a',
    ],
    ['a place as kind', '4.0', 'KIND:location', 'X-KIND;X-DAVD-NAME=KIND:location'],
    ['a part of a date', '4.0', 'BDAY:1985-04', 'X-BDAY;X-DAVD-NAME=BDAY:1985-04'],
    [
      'a birthday in words',
      '4.0',
      'BDAY;VALUE=text:circa 1800',
      'X-BDAY;VALUE=text;X-DAVD-NAME=BDAY:circa 1800',
    ],
    ['a position with a height', '4.0', 'GEO:geo:1,2,3;u=4', 'X-GEO;X-DAVD-NAME=GEO:geo:1,2,3;u=4'],
    ['a mailer', '3.0', 'MAILER:Eudora', 'X-MAILER;X-DAVD-NAME=MAILER:Eudora'],
    [
      'an agent',
      '3.0',
      'AGENT:BEGIN:VCARD\\nFN:x\\nEND:VCARD',
      'X-AGENT;X-DAVD-NAME=AGENT:BEGIN:VCARD\\nFN:x\\nEND:VCARD',
    ],
    ['a label of no address', '3.0', 'LABEL;TYPE=work:x', 'X-LABEL;TYPE=work;X-DAVD-NAME=LABEL:x'],
    ['a day of revision', '3.0', 'REV:1997-11-15', 'X-REV;X-DAVD-NAME=REV:1997-11-15'],
    ['a photo that is not base64', '3.0', 'PHOTO;ENCODING=b:{}', 'X-PHOTO;ENCODING=b;X-DAVD-NAME=PHOTO:{}'],
    ['a 4.0 name in 3.0', '3.0', 'BIRTHPLACE:Rome', 'BIRTHPLACE;X-DAVD-NAME=BIRTHPLACE:Rome'],
    ['a 3.0 name in 4.0', '4.0', 'CLASS:PUBLIC', 'CLASS;X-DAVD-NAME=CLASS:PUBLIC'],
    [
      'an Apple name in 4.0',
      '4.0',
      'X-ANNIVERSARY:2009-08-08',
      'X-ANNIVERSARY;X-DAVD-NAME=X-ANNIVERSARY:2009-08-08',
    ],
  ];
  for (const [what, from, line, travels] of carried) {
    test(what, () => {
      assert.deepEqual(converted(from, line), [travels]);
      assert.deepEqual(converted(other(from), travels), [line]);
    });
  }

  test('a name in a second language', () => {
    const card = cardOf(
      '4.0',
      'N;ALTID=1;LANGUAGE=jp:山田;太郎;;;',
      'N;ALTID=1;LANGUAGE=en:Yamada;Taro;;;',
      'FN:Taro',
    );
    const three = toVersion(Buffer.from(card), '3.0');
    assert.deepEqual(linesOf(three), [
      'N;ALTID=1;LANGUAGE=jp:山田;太郎;;;',
      'X-N;ALTID=1;LANGUAGE=en;X-DAVD-NAME=N:Yamada;Taro;;;',
      'FN:Taro',
    ]);
    assert.equal(Buffer.from(toVersion(three, '4.0')).toString(), card);
  });

  test('a mark brings nothing back that would break the card', () => {
    for (const name of ['BEGIN', 'END', 'VERSION']) {
      const line = `X-${name};X-DAVD-NAME=${name}:VCARD`;
      assert.deepEqual(converted('3.0', line), [line]);
      assert.deepEqual(converted('4.0', line), [line]);
    }
    assert.deepEqual(converted('3.0', 'NOTE;X-DAVD-NAME=UID:x'), ['NOTE;X-DAVD-NAME=UID:x']);
  });
});

describe('toVersion: spellings of real clients', () => {
  const spelled: [what: string, from: CardVersion, line: string, expected: string][] = [
    ['bare words of 2.1', '3.0', 'TEL;HOME;PREF:1', 'TEL;TYPE=HOME;PREF=1:1'],
    ['bare BASE64 of 2.1', '3.0', 'PHOTO;BASE64;JPEG:/9j/', 'PHOTO:data:image/jpeg;base64,/9j/'],
    ['a quoted list of types', '4.0', 'TEL;TYPE="voice,home":1', 'TEL;TYPE=voice,home:1'],
    ['escaped URIs (Apple)', '3.0', 'URL:http\\://a.example', 'URL:http://a.example'],
    ['a birthday in basic format', '3.0', 'BDAY:19960415', 'BDAY:19960415'],
    ['a birthday with VALUE (Apple)', '3.0', 'BDAY;value=date:1996-04-15', 'BDAY:19960415'],
    ['a birthday without a year (Google)', '3.0', 'BDAY:--04-15', 'BDAY:--0415'],
    ['a birthday in extended format in 4.0', '4.0', 'BDAY:1996-04-15', 'BDAY:1996-04-15'],
    ['a birthday with milliseconds', '3.0', 'BDAY:1996-04-15T00:00:00.000Z', 'BDAY:19960415T000000Z'],
    [
      'a photo elsewhere without VALUE (Google)',
      '3.0',
      'PHOTO:https://a.example/p',
      'PHOTO:https://a.example/p',
    ],
    [
      'a photo in a data URI in 3.0',
      '3.0',
      'PHOTO;VALUE=uri:data:image/png;base64\\,AA==',
      'PHOTO:data:image/png;base64,AA==',
    ],
    [
      'a photo in an escaped data URI',
      '4.0',
      'PHOTO:data:image/png;base64,A%2B%3D',
      'PHOTO;TYPE=PNG;ENCODING=b:A+=',
    ],
    [
      'a photo with blanks left by folding',
      '3.0',
      'PHOTO;ENCODING=B;TYPE=JPEG:/9 j/',
      'PHOTO:data:image/jpeg;base64,/9j/',
    ],
    ['a label with \\n (RFC 6350)', '4.0', 'ADR;LABEL="a\\nb":;;;;;;', 'ADR:;;;;;;|LABEL:a\\nb'],
    ['a position with an escaped comma', '4.0', 'GEO:geo:1\\,2', 'GEO:1;2'],
    [
      'a photo with an escaped comma',
      '4.0',
      'PHOTO:data:image/png;base64\\,AA==',
      'PHOTO;TYPE=PNG;ENCODING=b:AA==',
    ],
    ['a phone with another URI', '4.0', 'TEL;VALUE=uri:sip:a@example.com', 'TEL;VALUE=uri:sip:a@example.com'],
  ];
  for (const [what, from, line, expected] of spelled) {
    test(what, () => assert.deepEqual(converted(from, line), expected.split('|')));
  }
});

describe('toVersion: a card', () => {
  test('of the asked version comes back as the very same bytes', () => {
    for (const version of ['3.0', '4.0'] as const) {
      const card = Buffer.from(`\ufeffBEGIN:VCARD\nVERSION:${version}\nfn:x\nEND:VCARD`);
      assert.equal(toVersion(card, version), card);
    }
  });

  test('of another version, and what is no card, comes back unchanged', () => {
    for (const text of ['', 'rubbish', cardOf('2.1', 'TEL;HOME:1'), 'BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n']) {
      const bytes = Buffer.from(text);
      assert.equal(toVersion(bytes, '3.0'), bytes);
      assert.equal(cardVersion(bytes), null);
    }
  });

  test('keeps the very bytes of what does not change, with CRLF', () => {
    const card = Buffer.from(
      '\ufeffBEGIN:VCARD\nNOTE:a\n b\nX-ABLabel:x\nN:a;;;;\nFN:a\nVERSION:3.0\nEND:VCARD',
    );
    const four = Buffer.from(toVersion(card, '4.0')).toString();
    assert.equal(four, cardOf('4.0', 'NOTE:a\r\n b', 'X-ABLabel:x', 'N:a;;;;', 'FN:a'));
  });

  test('gets the N that 3.0 demands, and loses it again', () => {
    const group = Buffer.from(cardOf('4.0', 'KIND:group', 'FN:Friends\\; all'));
    const three = toVersion(group, '3.0');
    assert.deepEqual(linesOf(three), [
      'N;X-DAVD-DERIVED=true:Friends\\; all;;;;',
      'X-ADDRESSBOOKSERVER-KIND:group',
      'FN:Friends\\; all',
    ]);
    assert.deepEqual(toVersion(three, '4.0'), group);
  });

  test('gets the FN that 4.0 demands, and loses it again', () => {
    const card = Buffer.from(cardOf('3.0', 'N:Doe;John;Quinlan,Paul;Dr.;Jr.'));
    const four = toVersion(card, '4.0');
    assert.equal(linesOf(four)[0], 'FN;X-DAVD-DERIVED=true:Dr. John Quinlan Paul Doe Jr.');
    assert.deepEqual(toVersion(four, '3.0'), card);
  });

  test('gets an FN from what it has where it has no name', () => {
    const made = (line: string) => linesOf(toVersion(Buffer.from(cardOf('3.0', 'N:;;;;', line)), '4.0'))[0];
    assert.equal(made('ORG:Example\\, Ltd.;Sales'), 'FN;X-DAVD-DERIVED=true:Example\\, Ltd.');
    assert.equal(made('EMAIL:a@example.com'), 'FN;X-DAVD-DERIVED=true:a@example.com');
    assert.equal(made('NOTE:x'), 'FN;X-DAVD-DERIVED=true:');
  });

  test('keeps a made N that somebody has changed', () => {
    const three = Buffer.from(cardOf('3.0', 'N;X-DAVD-DERIVED=true:Doe;John;;;', 'FN:John Doe'));
    assert.deepEqual(linesOf(toVersion(three, '4.0')), ['N:Doe;John;;;', 'FN:John Doe']);
  });

  test('gives each label to the nearest address of its types before it', () => {
    const card = cardOf(
      '4.0',
      ...NAMED,
      'ADR;TYPE=home:;;a;;;;',
      'ADR;TYPE=home;LABEL=b:;;b;;;;',
      'ADR;TYPE=work:;;c;;;;',
    );
    assert.deepEqual(toVersion(toVersion(Buffer.from(card), '3.0'), '4.0'), Buffer.from(card));
  });

  test('with a photo of 10 MB, or 100,000 properties, is converted', () => {
    const data = 'QUJD'.repeat(2_500_000);
    const [photo] = converted('4.0', `PHOTO:data:image/png;base64,${data}`);
    assert.equal(photo, `PHOTO;TYPE=PNG;ENCODING=b:${data}`);
    const lines = Array.from({ length: 50_000 }, (_, at) => [
      `ADR;TYPE=a${at % 7}:;;x;;;;`,
      `LABEL;TYPE=b:${at}`,
    ]).flat();
    assert.equal(converted('3.0', ...lines).length, 100_000);
  });
});

describe('toVersion: values of megabytes', () => {
  const SIZE = LONG ? 10_000_000 : 1_000_000;
  const names = [
    'FN',
    'N',
    'BDAY',
    'REV',
    'TZ',
    'GEO',
    'TEL',
    'URL',
    'PHOTO',
    'X-JABBER',
    'X-GENDER',
    'KIND',
    'LABEL',
  ];
  for (const [what, value] of [
    ['letters', 'a'.repeat(SIZE)],
    ['zeros after a moment', `1996-04-15T00:00:00.${'0'.repeat(SIZE)}`],
    ['blanks', ' '.repeat(SIZE)],
    ['backslashes', '\\'.repeat(SIZE)],
    ['semicolons', ';'.repeat(SIZE / 10)],
  ] as const) {
    test(`made of ${what} are converted wherever they stand`, () => {
      for (const name of names) {
        const card = Buffer.from(
          cardOf('3.0', ...NAMED.filter((line) => !line.startsWith(`${name}:`)), `${name}:${value}`),
        );
        assert.equal(cardVersion(toVersion(card, '4.0')), '4.0', name);
      }
    });
  }
});

function assertComesBack(bytes: Uint8Array, what: string): void {
  const version = cardVersion(bytes);
  assert.ok(version !== null);
  const there = toVersion(bytes, other(version));
  assert.equal(cardVersion(there), other(version), what);
  const back = toVersion(there, version);
  assert.equal(cardVersion(back), version, what);
  assert.deepEqual(
    meaningOf(back),
    meaningOf(bytes),
    `${what}\n${Buffer.from(there).toString().slice(0, 2_000)}`,
  );
}

test('every card of the corpus means the same after going there and back', { skip: corpusAbsent }, (t) => {
  let cards = 0;
  for (const { name, path } of corpusFiles('.vcf')) {
    // A file may hold several cards; each is taken alone.
    for (const card of readFileSync(path)
      .toString('latin1')
      .split(/(?<=^END:VCARD\r?\n)/m)) {
      const bytes = Buffer.from(card, 'latin1');
      if (cardVersion(bytes) === null) continue;
      assertComesBack(bytes, name);
      cards += 1;
    }
  }
  t.diagnostic(`${cards} cards`);
});

describe('toVersion: any card', () => {
  const NAMES =
    `N FN NICKNAME PHOTO BDAY ADR LABEL TEL EMAIL MAILER TZ GEO TITLE ROLE LOGO AGENT ORG CATEGORIES NOTE
    PRODID REV SORT-STRING SOUND UID URL CLASS KEY NAME PROFILE SOURCE KIND XML GENDER IMPP LANG MEMBER RELATED ANNIVERSARY
    CLIENTPIDMAP FBURL CALURI BIRTHPLACE X-ANNIVERSARY X-GENDER X-JABBER X-SKYPE X-ABSHOWAS X-ADDRESSBOOKSERVER-KIND
    X-ADDRESSBOOKSERVER-MEMBER X-ABDATE X-N X-BDAY X-X-LANG X-LANG FOO`.split(/\s+/);
  const VALUES =
    `1996-04-15 19960415 --0415 --04-15 1604-04-15 1996-04 ---12 1953-10-15T23:10:00Z 19531015T231000Z
    19531015T231000-05 1953-10-15T23:10:00.000+01:00 1953-10-15T23:10:00.5Z -0500 -05:00 Europe/Berlin 1;2 geo:1,2 geo:1,2,3
    http://a.example/b http\\://a.example data:image/png;base64,AAAA data:image/x-icon;a=b;base64,AA%3D%3D data:;base64,AA==
    data:text/plain,abc /9j/4AAQ iVBORw0KGgo= not*base64 group GROUP org COMPANY individual M M;text ;text male urn:uuid:a
    xmpp:a@example.com skype:b tel:+1-555;ext=5 sip:a a\\,b\\;c\\\\n\\nd a;b;c;d;e a,b C:\\new\\ é€𝄞 :;,= BEGIN:VCARD`.split(
      /\s+/,
    );
  const PARAMS =
    `TYPE=home TYPE=HOME,work TYPE=pref TYPE=PREF TYPE=JPEG TYPE=image/png TYPE=PGP TYPE="voice,cell" PREF=1 PREF=2
    VALUE=uri VALUE=text VALUE=date VALUE=date-time VALUE=utc-offset ENCODING=b ENCODING=BASE64 LANGUAGE=fr ALTID=1 PID=1.1
    MEDIATYPE=image/gif X-APPLE-OMIT-YEAR=1604 X-APPLE-OMIT-YEAR=1996 SORT-AS="a,b" X-FOO="a;^n^'b" HOME PREF GEO="geo:1,2"`.split(
      /\s+/,
    );
  const line = fc
    .record({
      group: fc.constantFrom('', '', '', 'item1.', 'ITEM1.', 'a-b.'),
      name: fc.constantFrom(...NAMES),
      params: fc.uniqueArray(fc.constantFrom(...PARAMS), {
        maxLength: 3,
        selector: (one) => one.split('=')[0],
      }),
      value: fc.oneof(fc.constantFrom('', ...VALUES), fc.constantFrom(...VALUES)),
    })
    .map(({ group, name, params, value }) => `${group}${[name, ...params].join(';')}:${value}`);
  const lines = fc.array(line, { maxLength: 8 });

  for (const version of ['3.0', '4.0'] as const) {
    test(`of ${version} means the same after going there and back`, (t) => {
      check(
        fc.property(lines, (some) => {
          assertComesBack(Buffer.from(cardOf(version, ...some)), some.join('\n'));
        }),
        { short: 1_000, long: 200_000 },
        (message) => t.diagnostic(message),
      );
    });
  }

  test('whatever its marks say, stays one card of the asked version', (t) => {
    const marked = fc
      .tuple(
        line,
        fc.constantFrom('X-DAVD-NAME', 'X-DAVD-TYPE', 'X-DAVD-VALUE', 'X-DAVD-DERIVED'),
        fc.constantFrom(...NAMES, 'BEGIN', 'END', 'VERSION', 'none', 'uri', 'true', ''),
      )
      .map(([one, name, value]) => one.replace(':', `;${name}=${value}:`));
    check(
      fc.property(fc.array(fc.oneof(line, marked)), (some) => {
        for (const version of ['3.0', '4.0'] as const) {
          const there = toVersion(Buffer.from(cardOf(other(version), ...some)), version);
          assert.equal(cardVersion(there), version);
        }
      }),
      { short: 500, long: 100_000 },
      (message) => t.diagnostic(message),
    );
  });

  test('and any bytes at all never throw', (t) => {
    check(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(fc.oneof(line, fc.string())).map((some) => Buffer.from(cardOf('3.0', ...some))),
        ),
        (bytes) => {
          toVersion(bytes, '4.0');
          toVersion(bytes, '3.0');
        },
      ),
      { short: 500, long: 50_000 },
      (message) => t.diagnostic(message),
    );
  });
});
