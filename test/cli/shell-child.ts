/** Runs command lines one after the other in this process, for whoever forked it: most of a command's time is its start. */

import { Readable } from 'node:stream';
import { run } from '../../src/cli/program.ts';

export interface Line {
  readonly args: readonly string[];
  readonly input?: string;
}

const heard = { out: '', err: '' };
for (const [stream, name] of [
  [process.stdout, 'out'],
  [process.stderr, 'err'],
] as const) {
  stream.write = ((chunk: string | Uint8Array) => {
    heard[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  }) as typeof stream.write;
}

process.on('message', async ({ args, input = '' }: Line) => {
  heard.out = '';
  heard.err = '';
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  const code = await run(args);
  process.send?.({ code, ...heard });
});
