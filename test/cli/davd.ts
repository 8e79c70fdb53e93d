/** The program as a person starts it: child processes of bin/davd with data folders of their own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const DAVD = fileURLToPath(new URL('../../bin/davd', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves with the match when standard output (or error) has it; rejects if the process ends before. */
  said(pattern: RegExp, on?: 'out' | 'err'): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  /** Another file than bin/davd. */
  readonly program?: string;
}

/** The environment of the tests without what could change the answers. Node looks at CI for whether a terminal has colours. */
export const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(DAVD_|LC_|LANG|XDG_|NODE_|NO_COLOR|FORCE_COLOR|CI$|TERM$|EDITOR|VISUAL)/.test(name),
  ),
);

/** Starts davd. It has no terminal. */
export function start(
  args: readonly string[],
  { input, env, cwd, uid, program = DAVD }: StartOptions = {},
): Started {
  const child = spawn(program, args, {
    env: { ...ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const heard = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    heard.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    heard.err += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...heard }));
  const said: Started['said'] = async (pattern, on = 'out') => {
    const stream = on === 'out' ? child.stdout : child.stderr;
    for (;;) {
      const match = pattern.exec(heard[on]);
      if (match) return match;
      const over = await Promise.race([once(stream, 'data').then(() => false), ended.then(() => true)]);
      if (over && !pattern.test(heard[on]))
        throw new Error(`ended without ${pattern}: ${JSON.stringify(heard)}`);
    }
  };
  return { child, said, ended };
}

/** Runs davd to its end. */
export function davd(args: readonly string[], options?: StartOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** A path for a data folder that isn't there yet, gone after the test. */
export function newPath(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'davd-cli-'));
  chmodSync(parent, 0o755);
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'data');
}

/** A data folder, made by `davd init --yes`. */
export async function madeFolder(t: TestContext): Promise<string> {
  const data = newPath(t);
  const made = await davd(['init', '--yes', '--data', data]);
  if (made.code !== 0) throw new Error(`davd init failed: ${made.err}`);
  return data;
}

export interface Serving extends Started {
  readonly url: string;
}

/** `davd serve` on a free port, stopped after the test. */
export async function serving(t: TestContext, data: string, args: readonly string[] = []): Promise<Serving> {
  return listening(t, start(['serve', '--data', data, '--listen', '127.0.0.1:0', ...args]));
}

/** Waits for the line that says where it listens. */
export async function listening(t: TestContext, started: Started): Promise<Serving> {
  t.after(() => stop(started));
  const [, url = ''] = await started.said(/^davd ready on (https?:\/\/\S+)$/m);
  return { ...started, url };
}

/** As systemd stops a service. */
export function stop({ child, ended }: Started): Promise<Ended> {
  child.kill('SIGTERM');
  return ended;
}

/** Status of a PROPFIND by a user. */
export async function propfind(url: string, user: string, password: string): Promise<number> {
  const { status } = await fetch(url, {
    method: 'PROPFIND',
    headers: { depth: '0', authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });
  return status;
}
