import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ContentLine, readContentLines } from '../../src/model/contentline.ts';
import { writeContentLine } from '../../src/model/contentline-write.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { check } from './random.ts';

const read = (text: string): ContentLine[] => readContentLines(Buffer.from(text));

function one(text: string): ContentLine {
  const [line, ...others] = read(text);
  assert.ok(line);
  assert.equal(others.length, 0);
  return line;
}

describe('readContentLines: a line', () => {
  const lines: [what: string, text: string, expected: Partial<ContentLine>][] = [
    ['has a name and a value', 'SUMMARY:Lunch', { group: null, name: 'SUMMARY', params: [], value: 'Lunch' }],
    ['has its name in upper case', 'summary:x', { name: 'SUMMARY' }],
    ['may have an empty value', 'NOTE:', { value: '' }],
    ['keeps escapes and colons in its value', 'A:x\\,y:z', { value: 'x\\,y:z' }],
    ['has a group as written', 'item1.EMAIL:a', { group: 'item1', name: 'EMAIL' }],
    ['has parameters', 'A;B=c;D=e:f', { params: [param('B', 'c'), param('D', 'e')], value: 'f' }],
    ['has parameter names in upper case', 'A;type=Home:f', { params: [param('TYPE', 'Home')] }],
    ['has parameters with several values', 'A;B=c,d:f', { params: [param('B', 'c', 'd')] }],
    ['keeps a repeated parameter apart', 'A;B=c;B=d:f', { params: [param('B', 'c'), param('B', 'd')] }],
    ['has quoted values', 'A;B="c;d:e,f",g:h', { params: [param('B', 'c;d:e,f', 'g')], value: 'h' }],
    ['has empty values', 'A;B=:f', { params: [param('B', '')] }],
    ['has empty quoted values', 'A;B="":f', { params: [param('B', '')] }],
    ['has carets decoded (RFC 6868)', "A;B=x^ny^'z^^n^q:f", { params: [param('B', 'x\ny"z^n^q')] }],
    ['may have bare words (vCard 2.1)', 'TEL;HOME;TYPE=x:1', { params: [param('HOME'), param('TYPE', 'x')] }],
    ['is read without an empty parameter', 'A;;B=c;:f', { params: [param('B', 'c')], value: 'f' }],
    ['may have quotes inside a value', 'A;CN=a "b" c:f', { params: [param('CN', 'a "b" c')] }],
    [
      'may have delimiters after a backslash (iOS 26)',
      'A;X=a\\; b\\, c;Y=d:f',
      {
        params: [param('X', 'a; b, c'), param('Y', 'd')],
      },
    ],
    [
      'ends a parameter at a colon after a backslash',
      'A;X=C\\:f',
      { params: [param('X', 'C\\')], value: 'f' },
    ],
    ['may have / and _ in an X- name', 'X-messaging/x_All:j', { name: 'X-MESSAGING/X_ALL' }],
    ['is unfolded', 'NO\r\n TE:a\r\n  b\r\n\tc', { name: 'NOTE', value: 'a bc' }],
    ['is unfolded inside a quoted value', 'A;B="c\r\n d":f', { params: [param('B', 'cd')] }],
    ['is decoded as UTF-8', 'FN;X=é:Zoë 𝄞', { params: [param('X', 'é')], value: 'Zoë 𝄞' }],
    ['keeps control characters', 'A:x\u0008\u007fy', { value: 'x\u0008\u007fy' }],
    ['keeps a carriage return without a line feed', 'A:x\ry', { value: 'x\ry' }],
  ];
  for (const [what, text, expected] of lines) {
    test(what, () => {
      const line = one(text);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual(line[key as keyof ContentLine], value, key);
      }
    });
  }

  test('may be folded inside a UTF-8 sequence', () => {
    for (let at = 3; at < Buffer.byteLength('FN:é𝄞'); at += 1) {
      const whole = Buffer.from('FN:é𝄞');
      const folded = Buffer.concat([whole.subarray(0, at), Buffer.from('\r\n '), whole.subarray(at)]);
      assert.equal(readContentLines(folded)[0]?.value, 'é𝄞', `fold after octet ${at}`);
    }
  });
});

describe('readContentLines: a source', () => {
  test('may be empty', () => assert.deepEqual(read(''), []));

  test('may have CRLF and LF mixed, blank lines, and no break at the end', () => {
    const lines = read('\r\nA:1\r\n\n\r\nB:2\nC:3\n \n\nD:4');
    assert.deepEqual(
      lines.map(({ line, name, value }) => [line, name, value]),
      [
        [2, 'A', '1'],
        [5, 'B', '2'],
        [6, 'C', '3'],
        [9, 'D', '4'],
      ],
    );
  });

  test('may have CR CR LF (exports that went through a text mode)', () => {
    const lines = read('A:1\r\r\n 2\r\r\nB:3\r\r\n');
    assert.deepEqual(
      lines.map(({ name, value }) => [name, value]),
      [
        ['A', '12'],
        ['B', '3'],
      ],
    );
  });

  test('may begin with a byte order mark', () => {
    const [line] = read('\ufeffA:1');
    assert.deepEqual(line, { line: 1, group: null, name: 'A', params: [], value: '1', start: 3, end: 6 });
  });

  test('is covered by the places of its lines, whatever they hold', () => {
    const bytes = Buffer.from('A:é\r\nB:x\r\n y\r\nC;D="é\n z":f\n');
    const places = readContentLines(bytes).map(({ start, end }) => bytes.subarray(start, end).toString());
    assert.deepEqual(places, ['A:é\r\n', 'B:x\r\n y\r\n', 'C;D="é\n z":f\n']);
  });

  test('counts physical lines, folds included', () => {
    assert.deepEqual(
      read('A:1\n 2\n 3\nB:4').map(({ line }) => line),
      [1, 4],
    );
  });

  test('that is a view into a larger buffer is read at its place', () => {
    const bytes = new Uint8Array(Buffer.from('XXA:1\r\nYY')).subarray(2, 7);
    assert.equal(readContentLines(bytes)[0]?.value, '1');
  });
});

describe('readContentLines: refuses', () => {
  const sources: [text: string | Buffer, sentence: string][] = [
    ['A:1\nrubbish', 'line 2 has no colon: "rubbish"'],
    ['A:1\nhello world: x', 'line 2 does not begin with a property name and a colon: "hello world: x"'],
    [' A:1', 'line 1 begins with a blank, but there is no line before it to continue'],
    [':x', 'line 1 does not begin with a property name and a colon: ":x"'],
    ['.A:x', 'line 1 does not begin with a property name and a colon: ".A:x"'],
    ['g.:x', 'line 1 does not begin with a property name and a colon: "g.:x"'],
    ['A;B="c', 'line 1 has a quoted parameter value without a closing quote'],
    ['A;B="c\nD:"', 'line 1 has a quoted parameter value without a closing quote'],
    ['A;B="c"d:e', "line 1 has a parameter that can't be read: it is number 1"],
    ['A;B=c;D e=f:g', "line 1 has a parameter that can't be read: it is number 2"],
    ['A;=c:d', "line 1 has a parameter that can't be read: it is number 1"],
    [`A${';B=c'.repeat(1001)}:d`, 'line 1 has more than 1000 parameters'],
    ['A;B=c', 'line 1 has no colon after its parameters'],
    ['A;', 'line 1 has no colon after its parameters'],
    ['A:1\nB:x\0y', 'line 2 holds a NUL octet, so it is not text in UTF-8'],
    [Buffer.from('A:\u00e9\r\nB:\u00e9', 'latin1'), 'line 1 holds octets that are not UTF-8'],
    [Buffer.from('A:1\r\nB;C=\u00e9:2', 'latin1'), 'line 2 holds octets that are not UTF-8'],
    [Buffer.from('\ufeffBEGIN:VCARD', 'utf16le'), 'line 1 holds a NUL octet, so it is not text in UTF-8'],
    ['A:1\r\n\u0001\u001b[2J', 'line 2 has no colon: "??[2J"'],
  ];
  for (const [source, sentence] of sources) {
    test(sentence, () => {
      assert.throws(
        () => readContentLines(Buffer.from(source)),
        (error) => error instanceof InvalidData && error.rule === 'data' && error.message === sentence,
      );
    });
  }

  test('nothing that is not UTF-8 where it is asked to replace it', () => {
    assert.equal(readContentLines(Buffer.from('A:caf\u00e9', 'latin1'), 'replace')[0]?.value, 'caf\ufffd');
  });
});

describe('readContentLines: size', () => {
  /** Characters that indexOf walks over while `act` runs: the only scanning that could start over and over. */
  function scanned(act: () => void): number {
    let total = 0;
    const original = String.prototype.indexOf;
    const counting = function (this: string, what: string, from = 0) {
      const at = original.call(this, what, from);
      total += (at === -1 ? this.length : at) - from;
      return at;
    };
    try {
      Object.assign(String.prototype, { indexOf: counting });
      act();
    } finally {
      Object.assign(String.prototype, { indexOf: original });
    }
    return total;
  }
  const shapes: [what: string, source: (size: number) => string][] = [
    ['many lines', (size) => 'item1.EMAIL;TYPE=home:a@example.com\r\n'.repeat(size / 40)],
    ['many folds', (size) => `PHOTO:${'A'.repeat(70)}${`\r\n ${'A'.repeat(70)}`.repeat(size / 73)}`],
    ['one long line', (size) => `NOTE:${'x'.repeat(size)}`],
    ['many values of a parameter', (size) => `A;B="c"${',"c"'.repeat(size / 4)}:d`],
    ['many values', (size) => `A;B=${'"c",'.repeat(size / 4)}d:e`],
    ['many carets', (size) => `A;B=${'^n'.repeat(size / 2)}:e`],
    ['many carriage returns', (size) => `A:${'\r'.repeat(size)}\nB:1`],
    ['many blank lines', (size) => `A:1${'\n'.repeat(size)}`],
    ['many dots', (size) => `${'a.'.repeat(size / 2)}b:1`],
    ['nothing but folds', (size) => `A:${'\n '.repeat(size / 2)}`],
  ];
  for (const [what, source] of shapes) {
    test(`the work for ${what} grows with their length`, () => {
      const small = Buffer.from(source(50_000));
      const large = Buffer.from(source(500_000));
      const work = scanned(() => readContentLines(small));
      assert.ok(scanned(() => readContentLines(large)) <= 10.1 * work + 1_000);
      assert.ok(work <= 4 * small.length);
    });
  }

  test('a photo of 10 MB in folded lines comes out whole', () => {
    const data = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(286_000);
    const card = `BEGIN:VCARD\r\n${writeContentLine(null, 'PHOTO', [], data)}END:VCARD\r\n`;
    assert.equal(read(card)[1]?.value, data);
  });
});

describe('readContentLines: any input', () => {
  const TOKENS = [
    'BEGIN',
    ':',
    ';',
    '=',
    '"',
    ',',
    '\r\n',
    '\n',
    ' ',
    '.',
    '\\',
    '^',
    '^n',
    'é',
    '\0',
    'A',
    'x-1',
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...TOKENS), fc.string())).map((parts) => parts.join(''));

  test('gives lines or InvalidData, and nothing else', (t) => {
    check(
      fc.property(
        fc.oneof(
          text.map((one) => Buffer.from(one)),
          fc.uint8Array(),
        ),
        (bytes) => {
          try {
            let end = 0;
            for (const line of readContentLines(bytes)) {
              assert.ok(line.start >= end && line.end > line.start && line.end <= bytes.length);
              end = line.end;
            }
          } catch (error) {
            assert.ok(error instanceof InvalidData, String(error));
            assert.match(error.message, /^line \d+ /);
          }
        },
      ),
      { short: 500, long: 50_000 },
      (message) => t.diagnostic(message),
    );
  });

  test('that is written is read back', (t) => {
    const printable = fc.string({ unit: 'grapheme' }).map((one) => one.replace(/[\0-\x1f\x7f]/g, ''));
    const value = fc
      .array(fc.oneof(printable, fc.constantFrom('\n', '"', ':', ';', ',', '^')))
      .map((p) => p.join(''));
    const name = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,8}$/);
    const params = fc.array(
      fc.record({ name, values: fc.array(value, { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true }),
      {
        maxLength: 3,
      },
    );
    check(
      fc.property(fc.option(name), name, params, printable, (group, property, given, raw) => {
        const written = writeContentLine(group, property, given, raw);
        for (const line of written.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75);
        const line = one(written);
        assert.deepEqual([line.group, line.name, line.value], [group, property, raw]);
        assert.deepEqual(line.params, given);
      }),
      { short: 300, long: 20_000 },
      (message) => t.diagnostic(message),
    );
  });
});

test('every file of the corpus is read, or refused in one sentence', { skip: corpusAbsent }, () => {
  for (const { name, path } of [...corpusFiles('.vcf'), ...corpusFiles('.ics')]) {
    try {
      readContentLines(readFileSync(path));
    } catch (error) {
      assert.ok(error instanceof InvalidData, `${name}: ${error}`);
      assert.match(error.message, /^line \d+ [a-z].*$/, name);
    }
  }
});

function param(name: string, ...values: string[]) {
  return { name, values };
}
