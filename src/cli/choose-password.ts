/** Where a new password comes from: standard input, a generator, or the person at the terminal. */

import { passwordProblem } from '../accounts/password.ts';
import { Refused } from '../admin/refused.ts';
import { sayError } from './output.ts';
import { askSecret, canAsk } from './prompt.ts';
import { WrongUsage } from './wrong-usage.ts';

export interface PasswordOptions {
  readonly passwordStdin?: true;
  readonly generate?: true;
}

/** Shorter ones are taken, with a warning. */
const SHORT = 10;

/**
 * undefined: one is to be generated.
 * @throws WrongUsage where nothing says and nobody can be asked; Refused where the password can't be used.
 */
export async function choosePassword({
  passwordStdin,
  generate,
}: PasswordOptions): Promise<string | undefined> {
  if (passwordStdin && generate) throw new WrongUsage('--password-stdin and --generate exclude each other');
  if (generate) return undefined;
  if (!passwordStdin && !canAsk()) {
    throw new WrongUsage('there is no terminal to ask for the password: use --password-stdin or --generate');
  }
  const password = passwordStdin ? await firstLine() : await askTwice();
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new Refused(`the password can't be used: ${problem}`);
  if (password.length < SHORT) {
    sayError(`the password has only ${password.length} characters; --generate makes a safe one`);
  }
  return password;
}

async function askTwice(): Promise<string> {
  for (;;) {
    const password = await askSecret('Password');
    if (password === (await askSecret('Again'))) return password;
    process.stderr.write('These differ; once more, please.\n');
  }
}

async function firstLine(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    if ((chunk as Buffer).includes(0x0a)) break;
  }
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n[\s\S]*$/, '');
}
