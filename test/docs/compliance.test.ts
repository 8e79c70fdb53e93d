import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compliancePage } from '../../scripts/compliance.ts';

test('docs/compliance.md is what the tables say', () => {
  const page = readFileSync(new URL('../../docs/compliance.md', import.meta.url), 'utf8');
  assert.equal(page, compliancePage(), "run 'npm run docs' and commit the page");
});
