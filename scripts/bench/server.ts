import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  readonly data: string;
  /** Resident memory in MB. */
  resident(): number;
  /** Ends it and starts it again on the same folder, on another port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const login = { user: 'alice', password: 'bench-password-1' };
export const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;

const davd = fileURLToPath(new URL('../../bin/davd', import.meta.url));

/** A real davd process with one user on a new data folder, on a free port. */
export async function startServer(): Promise<RunningServer> {
  const data = mkdtempSync(join(tmpdir(), 'davd-bench-'));
  const run = (args: readonly string[], input = '') =>
    execFileSync(davd, [...args, '--data', data], { input, stdio: ['pipe', 'ignore', 'inherit'] });
  rmSync(data, { recursive: true });
  run(['init', '--yes']);
  run(['user', 'add', login.user, '--password-stdin'], `${login.password}\n`);
  const start = async () => {
    const child = spawn(davd, ['serve', '--listen', '127.0.0.1:0', '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return { child, port: await portOf(child) };
  };
  let running = await start();
  const end = async () => {
    const ended = new Promise((resolve) => running.child.once('exit', resolve));
    running.child.kill('SIGTERM');
    await ended;
  };
  return {
    get port() {
      return running.port;
    },
    get pid() {
      return running.child.pid ?? 0;
    },
    data,
    resident() {
      return (
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1]) / 1024
      );
    },
    async restart() {
      await end();
      running = await start();
    },
    async stop() {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk;
      const port = /ready on http:\/\/[^:]+:(\d+)/.exec(printed)?.[1];
      if (port) resolve(Number(port));
    });
    child.once('exit', (code) => reject(new Error(`davd ended with exit code ${code} before it was ready`)));
  });
}
