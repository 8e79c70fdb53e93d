/** The file that is handed out, on its own: no checkout, no node_modules. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NODE_OPTIONS } from '../../scripts/build/executable.ts';
import { davd, listening, propfind, type StartOptions, start, stop } from '../cli/davd.ts';
import { hasPebble, startPebble } from '../tls/pebble.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const long = process.env['DAVD_TEST_LONG'] !== undefined;

test('a checkout runs with the same options of Node', () => {
  const launcher = readFileSync(join(root, 'bin/davd'), 'utf8');
  const options = /^exec "\$node" (.*) "\$here\/src\/cli\/main\.ts"/m.exec(launcher)?.[1];
  assert.deepEqual(options?.split(' '), NODE_OPTIONS);
});

test('the built file works where nothing else is', async (t) => {
  const built = await build(t);
  const home = temporary(t);
  const program = join(home, 'davd');
  copyFileSync(built, program);
  const options: StartOptions = { program, cwd: home, env: { HOME: home, PATH: '/nonexistent' } };

  await t.test('it says its version, and V8 takes the code cache', async () => {
    const { code, out, err } = await davd(['--version'], options);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // "Code cache data rejected" would be a warning here.
    assert.deepEqual([code, out, err], [0, `${version}\n`, '']);
  });

  await t.test('NODE_OPTIONS loads nothing into it', async () => {
    const foreign = join(home, 'foreign.cjs');
    writeFileSync(foreign, 'console.log("foreign code"); process.exit(9);');
    const env = { ...options.env, NODE_OPTIONS: `--require ${foreign}` };
    const { code, out } = await davd(['--version'], { ...options, env });
    assert.equal(code, 0);
    assert.doesNotMatch(out, /foreign/);
  });

  await t.test('init, user add, serve: a client gets its 207', async (t) => {
    const data = join(home, 'data');
    const made = await davd(['init', '--yes', '--data', data], options);
    assert.deepEqual([made.code, made.err], [0, '']);
    const input = 'secret-alice-1\n';
    const added = await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], {
      ...options,
      input,
    });
    assert.deepEqual([added.code, added.err], [0, '']);
    const server = start(['serve', '--data', data, '--listen', '127.0.0.1:0'], options);
    const { url } = await listening(t, server);
    assert.equal(await propfind(`${url}dav/calendars/alice/default/`, 'alice', 'secret-alice-1'), 207);
    const beside = await davd(['user', 'list', '--data', data], options);
    assert.deepEqual([beside.code, beside.err], [0, '']);
    assert.equal((await stop(server)).code, 0);
  });

  await t.test(
    'what it loads when needed is in it: it gets a certificate',
    {
      skip: !hasPebble() && 'pebble is not installed: apt-get install pebble',
    },
    async (t) => {
      const [data, pebble] = [join(home, 'secured'), await startPebble(t)];
      assert.equal((await davd(['init', '--yes', '--data', data], options)).code, 0);
      const args = ['serve', '--data', data, '--listen', pebble.tls, '--http-listen', pebble.http];
      const server = start([...args, ...pebble.options], {
        ...options,
        env: { ...options.env, ...pebble.env },
      });
      t.after(() => stop(server));
      const [said] = await server.said(/certificate obtained|no certificate.*/, 'err');
      assert.equal(said, 'certificate obtained');
    },
  );
});

test('two builds are the same bytes', {
  skip: !long && 'takes another build: DAVD_TEST_LONG=1',
}, async (t) => {
  const [first, second] = [await build(t), await build(t)].map((file) =>
    createHash('sha256').update(readFileSync(file)).digest('hex'),
  );
  assert.equal(first, second);
});

async function build(t: TestContext): Promise<string> {
  const out = temporary(t);
  await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'scripts/build/main.ts', '--executable', '--out', out],
    { cwd: root },
  );
  return join(out, 'davd');
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'davd-build-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
