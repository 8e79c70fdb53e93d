/** The recording in the README is what a terminal shows today. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DAVD, ENVIRONMENT, newPath } from '../cli/davd.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Commands and what they print: the console block after "How it looks on the terminal". */
const [, RECORDING = ''] = /How it looks on the terminal[^`]*```console\n([\s\S]*?)```/.exec(README) ?? [];

interface Step {
  readonly command: string;
  readonly printed: string;
}

const STEPS = Array.from(
  RECORDING.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm),
  ([, command = '', printed = '']): Step => ({ command, printed }),
);

/** Words that differ each time, such as passwords, become their kind. */
function steady(text: string, data: string): string {
  return text
    .trim()
    .replaceAll(data, '/var/lib/davd')
    .replace(/[a-z2-9]{4}(-[a-z2-9]{4}){3}/g, 'PASSWORD')
    .replace(/127\.0\.0\.1:\d+/g, 'LISTEN')
    .replace(/running for .*/, 'running for TIME')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')
    .replace(/journal .* free/, 'SIZES')
    .replace(/^davd \d+\.\d+\.\d+$/m, 'VERSION');
}

test('every command of the recording prints what it says', async (t) => {
  const data = newPath(t);
  const type = openBash(t, data);
  assert.ok(STEPS.length >= 6);
  let password = '';
  let url = '';
  for (const { command, printed } of STEPS) {
    // What the phone does between two commands.
    if (command === 'davd device list') await look(url, password);
    const shown = await type(command, command.endsWith('&') ? /ready on \S+\n/ : /^/);
    assert.equal(steady(shown, data), steady(printed, data), command);
    if (command.includes('device add')) password = shown.trim();
    [url] = /http:\S+/.exec(command.includes('serve') ? shown : '') ?? [url];
  }
});

/** Types a command; resolves with what it prints once it is done, and `until` is there. */
function openBash(t: TestContext, data: string): (command: string, until: RegExp) => Promise<string> {
  const path = `${dirname(DAVD)}:${process.env['PATH']}`;
  const env = { ...ENVIRONMENT, PATH: path, DAVD_DATA: data, DAVD_LISTEN: '127.0.0.1:0' };
  const bash = spawn('bash', { env, stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(async () => {
    bash.stdin.end('kill %1; wait\n');
    await once(bash, 'close');
  });
  bash.stdin.write(
    `exec 2>&1; jq() { '${process.execPath}' -p 'JSON.parse(fs.readFileSync(0)).password'; }\n`,
  );
  let shown = '';
  bash.stdout.on('data', (chunk) => {
    shown += chunk;
  });
  return async (command, until) => {
    shown = '';
    bash.stdin.write(`${command}\necho END\n`);
    while (!(/^END\n/m.test(shown) && until.test(shown))) await once(bash.stdout, 'data');
    return shown.replace(/^END\n/m, '');
  };
}

async function look(url: string, password: string): Promise<void> {
  const { status } = await fetch(`${url}dav/calendars/alice/default/`, {
    method: 'PROPFIND',
    headers: {
      depth: '1',
      authorization: `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`,
      'user-agent': 'iOS/18.5 dataaccessd/1.0',
      'x-forwarded-for': '198.51.100.7',
    },
  });
  assert.equal(status, 207);
}
