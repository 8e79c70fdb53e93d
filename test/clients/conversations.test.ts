/** Every conversation below this folder, each on a server of its own. */

import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openTestServer, type TestServer } from '../server.ts';
import { bodyOf, cases, readConversation, readExchange, substitute, type Variables } from './conversation.ts';
import { checkReply } from './expectation.ts';

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
        test(
          step.name.replace(/\{\{(\w+)\}\}/g, (text, name) => chosen.get(name) ?? text),
          async () => {
            for (const [name, value] of chosen) variables.set(name, substitute(value, variables));
            const { request, expected } = readExchange(substitute(step.text, variables));
            const { body, headers, ...rest } = request;
            const reply = await server.send({
              ...rest,
              headers: Object.fromEntries(headers),
              ...(body !== undefined && { body: bodyOf(body, variables) }),
            });
            checkReply(reply, expected, request, variables);
          },
        );
      }
    }
  });
}
