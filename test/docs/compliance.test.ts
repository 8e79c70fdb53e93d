import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readRfc, readRfcs } from '../../scripts/compliance/sections.ts';
import { lookUp, readTables } from '../../scripts/compliance/tables.ts';
import { compliancePage } from '../../scripts/compliance.ts';

test('docs/compliance.md is what the tables say', () => {
  const page = readFileSync(new URL('../../docs/compliance.md', import.meta.url), 'utf8');
  assert.equal(page, compliancePage(), "run 'npm run docs' and commit the page");
});

test('the RFCs that davd is about are all there', () => {
  const numbers = readRfcs().map(({ number }) => number);
  for (const rfc of [3744, 4331, 4791, 4918, 5397, 5689, 5995, 6352, 6578, 6638, 6764, 7240, 7809, 8144]) {
    assert.ok(numbers.includes(rfc), `RFC ${rfc}`);
  }
});

for (const { number, rows } of readRfcs()) {
  test(`every section of RFC ${number} has an answer, and what it refers to is there or explained`, () => {
    const tables = readTables();
    assert.ok(rows.length > 0);
    for (const { section, what, answer } of rows) {
      if (!('name' in answer)) continue;
      const found = lookUp(tables, answer.is, answer.name);
      assert.ok(found !== undefined || answer.note !== '', `§${section} ${what}`);
    }
    const sections = rows.map(({ section, what }) => `${section} ${what}`);
    assert.equal(new Set(sections).size, sections.length, 'no row stands twice');
  });
}

for (const line of ['1 A section', '1 A section = ', '1 A section = no', '1 A section = perhaps; so']) {
  test(`"${line}" is no answer`, () => {
    assert.throws(() => readRfc(`# RFC 1: Title\n${line}\n`));
  });
}
