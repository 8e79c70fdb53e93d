import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Administration } from '../../src/admin/administration.ts';
import { type Seen, warningsOf } from '../../src/admin/warnings.ts';
import { resolveSettings } from '../../src/config.ts';

const NOTHING_MARKED = { marks: async () => [], troubles: async () => [], users: async () => [] };
const FINE: Seen = { users: 1, free: 1e12, certificate: undefined, backup: null };

/** Settings and what was seen, and what `davd status` says of it: `about: part of the sentence`. */
const CASES: readonly (readonly [
  what: string,
  stored: Record<string, unknown>,
  seen: Partial<Seen>,
  said: string,
])[] = [
  ['nothing is wrong', {}, {}, ''],
  ['no users', {}, { users: 0 }, 'users: davd user add NAME'],
  ['little room', {}, { free: 99 * 1024 * 1024 }, 'disk: 99 MB are left'],
  ['a certificate of a month', {}, { certificate: ending(30) }, ''],
  ['a certificate of a week', {}, { certificate: ending(7) }, 'certificate: renew it'],
  ['a certificate that ended', {}, { certificate: ending(-1) }, 'certificate: devices refuse it'],
  ['a certificate that is not there', {}, { certificate: null }, 'certificate: is not there'],
  ['a backup that failed', {}, { backup: backup('the last backup failed') }, 'backups: backup failed'],
  ['good backups', {}, { backup: backup(null) }, ''],
  ['nothing served', { caldav: false, carddav: false }, {}, 'services: both switched off'],
  ['contacts alone', { caldav: false }, {}, ''],
  ['a url without https', { url: 'http://dav.example.com' }, {}, 'address: is not https'],
];

for (const [what, stored, seen, said] of CASES) {
  test(`davd status warns: ${what}`, async () => {
    const on = { settings: resolveSettings({ stored }), store: NOTHING_MARKED } as unknown as Administration;
    const warnings = await warningsOf(on, { ...FINE, ...seen });
    const [about = '', part = ''] = said.split(': ');
    assert.deepEqual(
      warnings.map((warning) => warning.about),
      about === '' ? [] : [about],
    );
    for (const { text } of warnings) assert.ok(text.includes(part), text);
  });
}

function ending(days: number) {
  return {
    names: ['dav.example.com'],
    expires: new Date(Date.now() + days * 24 * 60 * 60_000).toISOString(),
  };
}

function backup(problem: string | null): Seen['backup'] {
  return { folder: '/backups', every: '1 d', last: null, count: 0, problem };
}
