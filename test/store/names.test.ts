import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Ending, fileNameOf, fold, nameOfFile } from '../../src/store/flat/names.ts';

const ENDINGS: Ending[] = ['.ics', '.vcf', ''];
const RUNS = process.env['DAVD_TEST_LONG'] ? 100_000 : 3_000;

/** Any string, with what is special in names more often than chance has it. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '%',
        '/',
        '.',
        '..',
        ' ',
        '\\',
        ':',
        '~',
        '%~',
        '%2E',
        '.ics',
        '.vcf',
        '.ICS',
        '\u0000',
        '\ud800',
        '\udc00',
        'A',
        'a',
        'é',
        'e\u0301',
        'ß',
        'İ',
        '日本',
        '😀',
        '-',
        '_',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');
const anyName = fc.oneof(
  name,
  fc.tuple(name, fc.integer({ min: 1, max: 60 })).map(([text, times]) => text.repeat(times)),
);
const ending = fc.constantFrom(...ENDINGS);

describe('file names', () => {
  it('a name comes back from its file', () => {
    fc.assert(
      fc.property(anyName, ending, (text, end) => {
        const { file, listed } = fileNameOf(text, end);
        if (!listed) assert.equal(nameOfFile(file, end), text);
        else assert.equal(nameOfFile(file, end), undefined);
      }),
      { numRuns: RUNS },
    );
  });

  it('no file leaves its folder, hides, is too long or can be mistaken', () => {
    fc.assert(
      fc.property(anyName, ending, fc.boolean(), (text, end, caseless) => {
        const { file } = fileNameOf(text, end, caseless);
        assert.match(file, /^[^./\\:*?"<>|\p{Cc}\p{Cs}][^/\\:*?"<>|\p{Cc}\p{Cs}]*$/u);
        assert.ok(file.endsWith(end) && !/[. ]$/.test(file));
        assert.ok(Buffer.byteLength(file) <= 200);
        assert.equal(Buffer.from(file).toString(), file);
      }),
      { numRuns: RUNS },
    );
  });

  it('two names never have one file, not even in a folder without case', () => {
    const similar = fc
      .tuple(anyName, fc.constantFrom('upper', 'lower', 'NFC', 'NFD', 'other'), anyName)
      .map(([text, how, other]) => {
        const twin = {
          upper: text.toUpperCase(),
          lower: text.toLowerCase(),
          NFC: text.normalize('NFC'),
          NFD: text.normalize('NFD'),
          other,
        }[how];
        return [text, twin] as const;
      });
    fc.assert(
      fc.property(similar, ending, ([one, two], end) => {
        fc.pre(one !== two && two !== '');
        assert.notEqual(fileNameOf(one, end).file, fileNameOf(two, end).file);
        assert.notEqual(fold(fileNameOf(one, end, true).file), fold(fileNameOf(two, end, true).file));
      }),
      { numRuns: RUNS },
    );
  });

  it('a file whose name no member has is nobody\u2019s', () => {
    fc.assert(
      fc.property(anyName, ending, (file, end) => {
        const text = nameOfFile(file, end);
        if (text !== undefined) assert.equal(fileNameOf(text, end).file, file);
      }),
      { numRuns: RUNS },
    );
  });

  it('stay readable', () => {
    const files = [
      ['日本語 – Müller.ics', '日本語 – Müller.ics'],
      ['4088E990-AD89-3DBB-8DD0-C19E6E37F5E8.ics', '4088E990-AD89-3DBB-8DD0-C19E6E37F5E8.ics'],
      ['a/b.ics', 'a%2Fb.ics'],
      ['100%.ics', '100%25.ics'],
      ['uid@example.com', 'uid@example.com%.ics'],
      ['.hidden.ics', '%2Ehidden.ics'],
      ['.ics', '%2Eics%.ics'],
      ['..', '%2E.%.ics'],
      ['x.ICS', 'x.ICS%.ics'],
    ];
    for (const [text = '', file] of files)
      assert.deepEqual(fileNameOf(text, '.ics'), { file, listed: false });
    assert.equal(fileNameOf('..', '').file, '%2E%2E');
    assert.equal(fileNameOf('Work. ', '').file, 'Work%2E%20');
  });
});
