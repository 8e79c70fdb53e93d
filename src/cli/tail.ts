import type { Command } from 'commander';
import type { Whose } from '../admin/streams.ts';
import type { Answered } from '../requests.ts';
import { dataFolder, withServer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { interrupted } from './interrupted.ts';
import { bold, faint, tellNext } from './output.ts';
import { plain } from './show.ts';
import { addWhoseOptions, whoseOf } from './whose-option.ts';

export function addTail(parent: Command): void {
  const command = parent
    .command('tail')
    .summary('watch the requests as they come')
    .description(
      'Prints a line for every request of a running server, without contents and secrets, until Ctrl-C. With --json a JSON object a line.',
    );
  addWhoseOptions(command).action(async (options: Whose) => {
    const stop = interrupted();
    await withServer(dataFolder(command), async (_, follow) => {
      const requests = (await follow('tail', whoseOf(options)))[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([requests.next(), stop]);
        if (next === 'stop' || next.done) return;
        tellNext(command, next.value, line);
      }
    });
  });
  addExamples(command, 'davd tail --user alice');
}

function line({ time, user, device, method, path, status, ms, address, client }: Answered): string {
  const at = faint(new Date(time).toTimeString().slice(0, 8));
  const who = user === undefined ? '-' : device === undefined ? user : `${user}/${device}`;
  const answer = status < 400 ? `${status}` : bold(`${status}`);
  const words = [at, plain(who), method, plain(path), answer, `${ms} ms`, address, plain(client)];
  return words.filter(Boolean).join('  ');
}
