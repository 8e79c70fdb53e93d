/** What --help shows: the example of every command does what it says when it is pasted. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Command } from 'commander';
import { examplesOf } from '../../src/cli/examples.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { event } from '../objects.ts';
import {
  DAVD,
  davd,
  ENVIRONMENT,
  type Ended,
  listening,
  newPath,
  propfind,
  serving,
  start,
  stop,
} from './davd.ts';
import { openShell, type Shell, wordsOf } from './shell.ts';

/** Commands that go on until they are stopped. */
const LASTING = /^davd (serve|quickstart|tail|trace)/;

/** Commands that change the machine the tests run on. */
const SYSTEM_WIDE = /^davd service install/;

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

test('davd --help fits a screen of 24 lines and 80 columns, the prompt below it included, and names every command', async () => {
  const { code, out, err } = await davd(['--help']);
  assert.deepEqual([code, err], [0, '']);
  const lines = out.trimEnd().split('\n');
  assert.ok(lines.length <= 23, `${lines.length} lines: let commands of one kind share a line (together)`);
  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const command of makeProgram().commands) assert.match(out, new RegExp(`\\b${command.name()}\\b`));
});

test('every command has a summary, a description and an example', () => {
  const program = makeProgram();
  for (const command of leaves(program)) {
    assert.ok(examplesOf(command).length > 0, command.name());
    assert.notEqual(command.description(), '', command.name());
    assert.match(command.helpInformation(), /--data/, command.name());
  }
});

test('every example works when it is pasted', async (t) => {
  const data = newPath(t);
  const cwd = join(dirname(data), 'cwd');
  mkdirSync(cwd);
  const env = { ...ENVIRONMENT, DAVD_DATA: data, PATH: `${dirname(DAVD)}:${process.env['PATH']}` };
  const shell = openShell(t, { cwd, env });
  let url = '';
  for (const example of leaves(makeProgram()).flatMap(examplesOf)) {
    if (SYSTEM_WIDE.test(example)) continue;
    if (LASTING.test(example)) {
      await lasts(t, example, { cwd, env }, url);
      continue;
    }
    await BEFORE[example]?.(url, shell);
    // Marks are named by the day.
    const dated = example.replace('2026-11-27-1', `${new Date().toLocaleDateString('sv')}-1`);
    // A shell is started only for what only a shell knows.
    const plain = /^davd [^|<>&$=]*$/.test(example);
    const { code, err } = plain ? await shell.run(wordsOf(dated).slice(1)) : paste(dated, { cwd, env });
    assert.deepEqual([code, err], [0, ''], example);
    if (example.startsWith('davd init')) ({ url } = await serving(t, data));
  }
});

interface Where {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function paste(example: string, where: Where): Pick<Ended, 'code' | 'err'> {
  const { status, stderr } = spawnSync('bash', ['-c', example], { ...where, encoding: 'utf8' });
  return { code: status, err: stderr };
}

const PASSWORD = 'secret-alice-1';

/** What must be there for an example to work, and no example before it has made. */
const BEFORE: Readonly<Record<string, (url: string, shell: Shell) => Promise<void>>> = {
  'davd user remove carol --yes': async (_, shell) => {
    await shell.run(['user', 'add', 'carol', '--generate']);
  },
  'davd history marks': async (url) => {
    const path = `${url}dav/calendars/alice/default/`;
    const headers = { authorization: `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}` };
    for (const method of ['PUT', 'DELETE']) {
      for (let i = 0; i < 51; i++) {
        const body = method === 'PUT' ? { body: event(`many-${i}`) } : {};
        await fetch(`${path}many-${i}.ics`, { method, headers, ...body });
      }
    }
  },
  'davd item show alice/default/lunch.ics': async (url, shell) => {
    await shell.run(['user', 'passwd', 'alice', '--password-stdin'], `${PASSWORD}\n`);
    const { status } = await fetch(`${url}dav/calendars/alice/default/lunch.ics`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}` },
      body: event('lunch', { summary: 'Lunch' }),
    });
    assert.equal(status, 201);
  },
};

/** Runs it until it is at work, and stops it. Servers are started in a folder and on a port of their own. */
async function lasts(t: TestContext, example: string, { cwd, env }: Where, url: string): Promise<void> {
  const [, command] = LASTING.exec(example) ?? [];
  const args = wordsOf(example).slice(1);
  if (command === 'serve' || command === 'quickstart') {
    const own = { cwd, env: { ...env, DAVD_DATA: newPath(t) } };
    if (command === 'serve') await davd(['init', '--yes'], own);
    const server = await listening(t, start([...args, '--listen', '127.0.0.1:0'], own));
    assert.equal((await stop(server)).code, 0, example);
    return;
  }
  const started = start(args, { cwd, env });
  t.after(() => stop(started));
  if (command === 'trace') await started.said(/^Tracing/m, 'err');
  else {
    let heard = false;
    const said = started.said(/PROPFIND/).finally(() => {
      heard = true;
    });
    while (!heard) {
      await propfind(url, 'alice', PASSWORD);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await said;
  }
  const { code, err } = await stop(started);
  // No device of the example's has sent anything.
  if (command === 'trace') assert.match(err, /no request came/, example);
  else assert.equal(code, 0, `${example}: ${err}`);
}
