import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Login } from '../requests.ts';
import { memoryOf, processorOf } from './process.ts';
import type { OwnServer, Server } from './server.ts';

export interface LocalOptions {
  readonly name: string;
  readonly login: Login;
  readonly command: string;
  readonly args: (port: number, data: string) => readonly string[];
  /** Prepares the data before the first launch. */
  readonly prepare?: (data: string) => void;
  /** The port it says that it took, where it chooses one itself; without it, it is told one. */
  readonly portOf?: (child: ChildProcess) => Promise<number>;
  readonly forgetCache: (data: string) => boolean;
  /** It runs on Node and lets itself be profiled. */
  readonly inspect?: boolean;
  readonly seed?: (data: string, collection: string, objects: Iterable<readonly [string, string]>) => void;
}

/** ms for a server to take its first connection, or to end. */
const PATIENCE = 120_000;

/** Starts a server of this machine on data of its own. */
export async function startLocal(options: LocalOptions): Promise<Server> {
  const { name, login, command, args, prepare, portOf, forgetCache, seed, inspect } = options;
  const data = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  // Peers report every request that they can't answer.
  const talk = name === 'davd' && !inspect ? 'inherit' : 'ignore';
  prepare?.(data);
  let child: ChildProcess | undefined;
  let port = 0;
  let inspector: number | undefined;
  const own: OwnServer = {
    data,
    async launch() {
      if (!portOf) port = await freePort();
      if (inspect) inspector = await freePort();
      const environment = inspect ? { NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` } : {};
      child = spawn(command, args(port, data), {
        stdio: ['ignore', portOf ? 'pipe' : 'ignore', talk],
        env: { ...process.env, ...environment },
      });
      if (portOf) port = await portOf(child);
      else await untilAnswered(port, child);
    },
    async halt() {
      const running = child;
      child = undefined;
      if (!running || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(timer);
    },
    memory: () => (child?.pid === undefined ? 0 : memoryOf(child.pid)),
    processor: () => (child?.pid === undefined ? 0 : processorOf(child.pid)),
    pid: () => child?.pid ?? 0,
    inspected: () => inspector,
    still: () => untilStill(own),
    forgetCache: () => forgetCache(data),
    ...(seed && {
      seed: (collection: string, objects: Iterable<readonly [string, string]>) =>
        seed(data, collection, objects),
    }),
  };
  await own.launch();
  return {
    name,
    login,
    own,
    get origin() {
      return new URL(`http://127.0.0.1:${port}/`);
    },
    async remove() {
      await own.halt();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** ms of processor in a second, and how many seconds are waited for it at most: a million files take a while to look at. */
const STILL = 20;
const RESTLESS = 600;

async function untilStill(own: OwnServer): Promise<void> {
  for (let looks = 0; looks < RESTLESS; looks++) {
    const before = own.processor();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (own.processor() - before < STILL) return;
  }
}

/** Whether a program is on the path. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function untilAnswered(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline && child.exitCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${child.spawnfile} takes no connections`);
}
