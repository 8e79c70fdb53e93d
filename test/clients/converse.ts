/** One step of a conversation: asked, and held against what is expected. */

import type { TestServer } from '../server.ts';
import { bodyOf, readExchange, type Step, substitute, type Variables } from './conversation.ts';
import { checkReply } from './expectation.ts';

/** `file` is named in what is thrown, with the line of the step. */
export async function converse(
  server: Pick<TestServer, 'send'>,
  step: Step,
  chosen: Variables,
  variables: Variables,
  file: string,
): Promise<void> {
  try {
    for (const [name, value] of chosen) variables.set(name, substitute(value, variables));
    const { request, expected } = readExchange(substitute(step.text, variables));
    const { body, headers, ...rest } = request;
    const reply = await server.send({
      ...rest,
      headers: Object.fromEntries(headers),
      ...(body !== undefined && { body: bodyOf(body, variables) }),
    });
    checkReply(reply, expected, request, variables);
  } catch (error) {
    if (error instanceof Error) error.message = `${file}:${step.line}: ${error.message}`;
    throw error;
  }
}
