/** Every conversation below this folder, each on a server of its own. */

import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openTestServer, type TestServer } from '../server.ts';
import { cases, readConversation, type Variables } from './conversation.ts';
import { converse } from './converse.ts';

const only = process.env['DAVD_TEST_CONVERSATION'];

for (const file of globSync(`${import.meta.dirname}/**/*.http`).sort()) {
  const path = relative(import.meta.dirname, file);
  if (only !== undefined && !path.includes(only)) continue;
  const { title, steps } = readConversation(readFileSync(file, 'utf8'));
  describe(`${title} (${path})`, () => {
    const variables: Variables = new Map();
    let server: TestServer;
    before(async () => {
      server = await openTestServer();
    });
    after(() => server.close());
    for (const step of steps) {
      for (const chosen of cases(step)) {
        const name = step.name.replace(/\{\{(\w+)\}\}/g, (text, variable) => chosen.get(variable) ?? text);
        test(name, () => converse(server, step, chosen, variables, path));
      }
    }
  });
}
