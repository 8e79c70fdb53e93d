import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicChallenge, parseBasic } from '../../src/http/basic.ts';

const encode = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

const cases: [
  header: string | undefined,
  expected: [user: string, password: string] | undefined,
  fact: string,
][] = [
  [encode('alice:secret'), ['alice', 'secret'], 'name and password'],
  [encode('alice:a:b'), ['alice', 'a:b'], 'only the first colon divides'],
  [encode('élise:ключ'), ['élise', 'ключ'], 'UTF-8'],
  [encode('élise:é', 'latin1'), ['élise', 'é'], 'what is no UTF-8 is Latin-1'],
  [encode(':'), ['', ''], 'both may be empty'],
  [encode('alice:x').replace('Basic', 'bASIC '), ['alice', 'x'], 'the scheme has no case, blanks may follow'],
  [undefined, undefined, 'no header'],
  [encode('alice'), undefined, 'no colon'],
  [encode('al\nice:x'), undefined, 'a control character'],
  ['Bearer abc', undefined, 'another scheme'],
  ['Basic', undefined, 'no credentials'],
  ['Basic ???', undefined, 'no base64'],
];
for (const [header, expected, fact] of cases) {
  test(`parseBasic: ${fact}`, () =>
    assert.deepEqual(parseBasic(header), expected && { user: expected[0], password: expected[1] }));
}

test('basicChallenge: quotes in the realm are escaped', () =>
  assert.equal(basicChallenge('my "dav"'), 'Basic realm="my \\"dav\\"", charset="UTF-8"'));
