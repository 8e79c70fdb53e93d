/** Questions at a terminal, which script(1) of util-linux lends to the child process. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DAVD, davd, ENVIRONMENT, madeFolder, newPath, propfind, serving } from './davd.ts';

const skip = spawnSync('script', ['--version']).status !== 0 && 'needs script(1) of util-linux';

interface Answer {
  /** What is on the screen when the answer is typed. */
  readonly after: RegExp;
  readonly type: string;
}

/** Runs davd on a terminal; types the answers, each when its question stands there. Returns the screen and the code. */
async function converse(
  t: TestContext,
  args: readonly string[],
  answers: readonly Answer[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ screen: string; code: number | null }> {
  // exec: the shell that script(1) starts would else get the Ctrl-C too, and end as one that was interrupted.
  const command = `exec ${[DAVD, ...args].map((arg) => `'${arg}'`).join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...ENVIRONMENT, TERM: 'xterm', ...environment },
  });
  t.after(() => child.kill());
  let screen = '';
  let rest = '';
  const waiting = [...answers];
  child.stdout.on('data', (chunk) => {
    screen += chunk;
    rest += chunk;
    const [next] = waiting;
    if (next?.after.test(rest)) {
      waiting.shift();
      rest = '';
      // The question is written just before the terminal stops to echo.
      setTimeout(() => child.stdin.write(next.type), 50);
    }
  });
  const [code] = await once(child, 'close');
  assert.deepEqual(waiting, [], screen);
  return { screen, code };
}

test('user add asks for the password twice, without echo, until both are the same', { skip }, async (t) => {
  const data = await madeFolder(t);
  const { screen, code } = await converse(
    t,
    ['user', 'add', 'alice', '--data', data],
    [
      { after: /Password: /, type: 'secret-one-1\r' },
      { after: /Again: /, type: 'secret-two-2\r' },
      { after: /differ[\s\S]*Password: /, type: 'secret-thrée\r' },
      { after: /Again: /, type: 'secret-thrée\r' },
    ],
  );
  assert.equal(code, 0, screen);
  assert.match(screen, /alice.* added/);
  assert.doesNotMatch(screen, /secret/);
});

test('Ctrl-C at a question changes nothing', { skip }, async (t) => {
  const data = await madeFolder(t);
  const { screen, code } = await converse(
    t,
    ['user', 'add', 'alice', '--data', data],
    [{ after: /Password: /, type: '\x03' }],
  );
  assert.equal(code, 2, screen);
  assert.match(screen, /stopped: nothing was changed/);
  assert.match((await davd(['user', 'list', '--data', data])).out, /No users yet/);
});

test('user remove asks for the name', { skip }, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--generate', '--data', data]);
  const wrong = await converse(
    t,
    ['user', 'remove', 'alice', '--data', data],
    [{ after: /Type the name/, type: 'bob\r' }],
  );
  assert.equal(wrong.code, 1);
  assert.match(wrong.screen, /nothing was removed/);
  const right = await converse(
    t,
    ['user', 'remove', 'alice', '--data', data],
    [{ after: /Type the name/, type: 'alice\r' }],
  );
  assert.equal(right.code, 0);
  assert.match(right.screen, /alice.* removed/);
});

test('init asks for address, services and URL, and again where an answer is not allowed', {
  skip,
}, async (t) => {
  const data = newPath(t);
  const { screen, code } = await converse(
    t,
    ['init', '--data', data],
    [
      { after: /Address to listen on.*127\.0\.0\.1:8008\]: /, type: 'nonsense\r' },
      { after: /It must be HOST:PORT[\s\S]*Address to listen on/, type: '127.0.0.1:9009\r' },
      { after: /calendars and tasks.*yes\]: /, type: '\r' },
      { after: /contacts.*yes\]: /, type: 'no\r' },
      { after: /Public URL/, type: 'https://dav.example.com/\r' },
    ],
  );
  assert.equal(code, 0, screen);
  assert.deepEqual(JSON.parse(readFileSync(join(data, 'davd.json'), 'utf8')), {
    format: 1,
    listen: '127.0.0.1:9009',
    url: 'https://dav.example.com',
    caldav: true,
    carddav: false,
  });
});

test('NO_COLOR is obeyed on a terminal', { skip }, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--generate', '--data', data]);
  const { screen: coloured } = await converse(t, ['user', 'list', '--data', data], []);
  assert.match(coloured, /\x1b\[/);
  const { screen: plain } = await converse(t, ['user', 'list', '--data', data], [], { NO_COLOR: '1' });
  assert.doesNotMatch(plain, /\x1b\[/);
});

test('tail on a terminal: a line for each request, and no escapes but those of colours', {
  skip,
}, async (t) => {
  const data = await madeFolder(t);
  const { url } = await serving(t, data);
  const asking = setInterval(() => propfind(url, 'nobody', 'x').catch(() => undefined), 100);
  t.after(() => clearInterval(asking));
  const { screen, code } = await converse(
    t,
    ['tail', '--data', data],
    [{ after: /401.*\r\n/, type: '\x03' }],
  );
  assert.equal(code, 0, screen);
  assert.match(
    screen,
    /^\x1b\[2m[\d:]{8}\x1b\[22m {2}- {2}PROPFIND {2}\S+ {2}\x1b\[1m401\x1b\[22m {2}\d+ ms {2}/,
  );
  assert.doesNotMatch(screen.replace(/\x1b\[\d+m/g, ''), /\x1b|\[2m/);
});
