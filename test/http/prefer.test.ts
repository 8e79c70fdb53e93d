import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrefer } from '../../src/http/prefer.ts';

const cases: [
  headers: Record<string, string>,
  wanted: 'minimal' | 'representation' | 'nothing',
  fact: string,
][] = [
  [{}, 'nothing', 'no header is no preference'],
  [{ prefer: 'return=minimal' }, 'minimal', 'return=minimal'],
  [{ prefer: 'Return = "minimal"' }, 'minimal', 'blanks, case and quotes do not matter'],
  [{ prefer: 'return-minimal' }, 'minimal', 'the spelling of the draft counts'],
  [{ prefer: 'return=representation' }, 'representation', 'return=representation'],
  [{ prefer: 'depth-noroot, return=minimal;foo=bar' }, 'minimal', 'other preferences may stand beside'],
  [{ prefer: 'return=minimal, return=representation' }, 'minimal', 'the first one counts'],
  [{ prefer: 'foo="depth-noroot"' }, 'nothing', 'a preference is not the value of another'],
  [{ brief: 't' }, 'minimal', 'Brief: t is return=minimal'],
  [{ brief: 'f' }, 'nothing', 'Brief: f is not'],
  [{ brief: 't', prefer: 'return=representation' }, 'representation', 'Prefer goes before Brief'],
  [{ prefer: 'return=minimalist!' }, 'nothing', 'garbage is no preference'],
];

for (const [headers, wanted, fact] of cases) {
  test(`parsePrefer: ${fact}`, () =>
    assert.deepEqual(parsePrefer(headers), {
      minimal: wanted === 'minimal',
      representation: wanted === 'representation',
      noRoot: headers['prefer']?.startsWith('depth-noroot') ?? false,
    }));
}
