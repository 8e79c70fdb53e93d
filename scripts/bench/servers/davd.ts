import { type ChildProcess, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocal } from './local.ts';
import type { ServerKind } from './server.ts';

const CHECKOUT = fileURLToPath(new URL('../../../bin/davd', import.meta.url));
const login = { user: 'alice', password: 'bench-password-1' };

/** @param program the executable, or the launcher of this checkout. Only the latter can be profiled. */
export function davd(program = CHECKOUT, inspect = false): ServerKind {
  return {
    name: 'davd',
    missing: () => undefined,
    start: () =>
      startLocal({
        name: 'davd',
        login,
        command: program,
        inspect,
        args: (_, data) => ['serve', '--listen', '127.0.0.1:0', '--data', data],
        prepare(data) {
          if (program !== CHECKOUT) readFromDisk(program);
          const run = (args: readonly string[], input = '') =>
            execFileSync(program, [...args, '--data', data], { input, stdio: ['pipe', 'ignore', 'inherit'] });
          run(['init', '--yes']);
          run(['user', 'add', login.user, '--password-stdin'], `${login.password}\n`);
        },
        portOf,
        forgetCache(data) {
          rmSync(join(data, 'cache'), { recursive: true, force: true });
          return true;
        },
      }),
  };
}

/**
 * Lets the system forget a program, as after a boot. Of one that was just written it has pieces so large that a process
 * is told to have a quarter more of it in memory than it uses.
 */
function readFromDisk(program: string): void {
  execFileSync('sync', [program]);
  execFileSync('dd', [`if=${program}`, 'iflag=nocache', 'count=0', 'status=none']);
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
