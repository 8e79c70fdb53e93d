/** A machine with systemd, booted for a test (systemd-nspawn). */

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What bin/davd keeps of its compiling can't be beside it there. */
const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin', 'NODE_COMPILE_CACHE=/tmp/compiled'];

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Machine {
  /** Runs a command there, as root. The checkout is `/opt/davd`. */
  run(command: string, input?: string): Promise<Ran>;
  /** Runs it again and again until its output matches. */
  until(command: string, pattern: RegExp): Promise<string>;
}

/** Why there can be no machine here, or false. @throws Error in CI where only a package is missing */
export function withoutMachine(): string | false {
  if (process.getuid?.() !== 0) return 'only root can boot a machine';
  try {
    execFileSync('sh', ['-c', 'command -v systemd-nspawn'], { stdio: 'ignore' });
    return false;
  } catch {
    const sentence = 'systemd-nspawn is not installed: apt-get install systemd-container, as .ci/run does';
    if (process.env['CI'] === 'true') throw new Error(sentence);
    return sentence;
  }
}

/** undefined where this machine lets nobody boot another (a container). Runs until the test ends. */
export async function bootMachine(t: TestContext): Promise<Machine | undefined> {
  const script = fileURLToPath(new URL('machine.sh', import.meta.url));
  const child = spawn('unshare', ['--mount', script, root], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const exited = once(child, 'exit');
  t.after(async () => {
    // With its first process a machine ends.
    if (child.exitCode === null) process.kill(firstProcess(child) ?? Number(child.pid), 'SIGKILL');
    await exited;
    for (const groups of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
      await removeGroup(join(groups, `davd-machine-${child.pid}`));
    }
  });
  const machine = machineOf(child);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    const { out } = await machine.run('systemctl is-active basic.target');
    if (out === 'active\n') return machine;
    await pause();
  }
  t.diagnostic(said);
  return undefined;
}

function machineOf(child: ChildProcess): Machine {
  const run: Machine['run'] = (command, input) =>
    new Promise((resolve) => {
      const first = firstProcess(child);
      if (first === undefined) return resolve({ code: -1, out: '', err: 'not booted' });
      const args = ['--target', String(first), '--all', 'env', '-i', ...ENVIRONMENT, 'sh', '-c'];
      const inside = execFile('nsenter', [...args, command], (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
      inside.stdin?.on('error', () => undefined).end(input);
    });
  return {
    run,
    until: async (command, pattern) => {
      let last = '';
      for (let tries = 0; tries < 600; tries++) {
        const { out, err } = await run(command);
        last = out + err;
        if (pattern.test(last)) return last;
        await pause();
      }
      throw new Error(`"${command}" never said ${pattern}: ${last}`);
    },
  };
}

/** systemd as this machine sees it: the child of systemd-nspawn once it has its own processes. */
function firstProcess({ pid }: ChildProcess): number | undefined {
  try {
    return Number(
      execFileSync('pgrep', ['--parent', String(pid), '--exact', 'systemd'], { encoding: 'utf8' }),
    );
  } catch {
    return undefined;
  }
}

/** What a machine left of its control groups. */
async function removeGroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  }
  // Busy until the kernel has buried its processes.
  for (let tries = 0; tries < 50; tries++) {
    try {
      return rmdirSync(folder);
    } catch {
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
