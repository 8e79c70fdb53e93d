import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { openFlatStore } from '../../src/store/flat/open.ts';
import { etagOf } from '../../src/store/flat/record.ts';
import { factsOf, known, made } from './contract.ts';
import { tempStore } from './temp.ts';

const ROUNDS = process.env['DAVD_TEST_LONG'] ? 20 : 3;
/** See writer.ts: after so many numbers a name comes again. */
const CYCLE = 40;
const WRITER = path.join(import.meta.dirname, 'writer.ts');

/** Runs the writer and kills it after some answers. @returns what it answered, the last word about each name. */
function writeAndKill(folder: string, round: number, answers: number): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', WRITER, folder, `${round}`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.split('\n').length > answers) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error('the writer ended by itself'));
      const lines = output.split('\n').slice(0, -1);
      resolve(new Map(lines.map((line) => [line.split(' ')[0] ?? '', line])));
    });
  });
}

describe('kill -9', () => {
  it(`every answered write is there afterwards, and no file is half written (${ROUNDS} times)`, async () => {
    const { folder, end } = await tempStore();
    let store = await openFlatStore({ folder, factsOf });
    const calendar = await made(store, 'ann');
    await store.close();
    const answered = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round++) {
      const answers = Math.floor(Math.random() * 1500) + 50;
      for (const [name, line] of await writeAndKill(folder, round, answers)) answered.set(name, line);

      const files = path.join(folder, 'files/ann/calendars/default');
      for (const file of await readdir(files)) {
        if (!file.endsWith('.ics')) continue;
        const text = await readFile(path.join(files, file), 'utf8');
        const body = text.slice(text.indexOf('\n') + 1);
        const [once = ''] = /^\S+ \d+ /.exec(body) ?? [];
        assert.equal(body, once.repeat(body.length / once.length), `${file} is half written`);
      }

      store = await openFlatStore({ folder, factsOf });
      for (const [name, line] of answered) {
        const [, number = '', result = ''] = line.split(' ');
        const member = await store.member(calendar, name);
        // The next write of the name may have happened without its answer having come through.
        const next = Number(number) + CYCLE;
        if (member?.etag === result || (!member && (result === 'gone' || next % 7 === 6))) continue;
        assert.ok(member, `${line}, but it is not there`);
        assert.match(Buffer.from(await contentOf(name)).toString(), new RegExp(`\n\\S+ ${next} `), line);
      }
      await store.settled();
      for (const file of await readdir(files)) {
        if (!file.endsWith('.ics')) continue;
        assert.equal(
          (await store.member(calendar, file))?.etag,
          etagOf(await readFile(path.join(files, file))),
        );
      }
      await store.close();
    }
    await end();

    async function contentOf(name: string): Promise<Uint8Array> {
      for await (const [content] of store.read(calendar, [name])) return known(content).bytes;
      throw new Error('unreachable');
    }
  });
});
