/** Questions to the person at the terminal. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { WrongUsage } from './wrong-usage.ts';

/** Both ends are a terminal, so a question will be seen and can be answered. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** One line, without blanks around it; `fallback` for an empty one. */
export async function ask(question: string, fallback = ''): Promise<string> {
  const hint = fallback === '' ? '' : ` [${fallback}]`;
  return (await readLine(`${question}${hint}: `, true)).trim() || fallback;
}

/** Asks until the answer is yes or no. */
export async function askYesNo(question: string, fallback: boolean): Promise<boolean> {
  for (;;) {
    const answer = await ask(`${question} (yes or no)`, fallback ? 'yes' : 'no');
    if (/^(?:y|yes)$/i.test(answer)) return true;
    if (/^(?:n|no)$/i.test(answer)) return false;
  }
}

/** Asks until `check` has nothing to say against the answer. */
export async function askValid(
  question: string,
  fallback: string,
  check: (answer: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = await ask(question, fallback);
    const problem = check(answer);
    if (problem === undefined) return answer;
    process.stderr.write(`${problem}\n`);
  }
}

/** A line that isn't shown while it is typed. */
export function askSecret(question: string): Promise<string> {
  return readLine(`${question}: `, false);
}

async function readLine(prompt: string, echo: boolean): Promise<string> {
  process.stderr.write(prompt);
  const output = echo ? process.stderr : new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  const given = Promise.withResolvers<string>();
  const stop = (): void => given.reject(new WrongUsage('stopped: nothing was changed'));
  lines.once('line', given.resolve).once('SIGINT', stop).once('close', stop);
  try {
    return await given.promise;
  } finally {
    lines.close();
    if (!echo) process.stderr.write('\n');
  }
}
