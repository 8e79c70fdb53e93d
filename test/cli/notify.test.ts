/** What systemd hears of a server, with a socket in its place. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporary } from '../tls/authority.ts';
import { listening, madeFolder, start, stop } from './davd.ts';

/** Prints each datagram that comes in as a line; Node has no such sockets. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(s.recv(4096).decode().strip().replace("\\n", " "), flush=True)
`;

const lacking = ['python3', 'systemd-notify'].find((command) => !has(command));

test('systemd is told READY, WATCHDOG for as long as the event loop turns, and STOPPING', {
  skip: lacking !== undefined && `${lacking} is not installed`,
}, async (t) => {
  const socket = join(temporary(t), 'notify.sock');
  const heard = await listener(t, socket);
  const data = await madeFolder(t);
  const server = start(['serve', '--data', data, '--listen', '127.0.0.1:0'], {
    env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' },
  });
  await listening(t, server);
  await heard(/READY=1/);
  await heard(/WATCHDOG=1[\s\S]*WATCHDOG=1/);
  assert.equal((await stop(server)).code, 0);
  await heard(/STOPPING=1/);
});

/** Returns a function that waits until what was heard matches. */
async function listener(t: TestContext, socket: string): Promise<(pattern: RegExp) => Promise<void>> {
  const child = spawn('python3', ['-c', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const heard = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
  };
  await heard(/listening/);
  return heard;
}

function has(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
