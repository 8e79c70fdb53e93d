import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Refused } from '../admin/refused.ts';
import type { Whose } from '../admin/streams.ts';
import { conversationText } from '../admin/trace/conversation.ts';
import type { MaskedExchange } from '../admin/trace/masker.ts';
import { dataFolder, withServer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { interrupted } from './interrupted.ts';
import { bold, tell } from './output.ts';
import { showCount, showDuration } from './show.ts';
import { addWhoseOptions, whoseOf } from './whose-option.ts';
import { WrongUsage } from './wrong-usage.ts';

interface TraceOptions extends Whose {
  readonly for: number;
  readonly output: string;
}

/** ms */
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

export function addTrace(parent: Command): void {
  const command = parent
    .command('trace')
    .summary('record a device for a bug report')
    .description(
      "Writes down what a device says and what it is answered, with names, texts, addresses and secrets masked, as a file that davd's tests can replay. Best begun with an account just added to the device.",
    )
    .addOption(
      new Option('--for <duration>', 'how long: 30s, 10m, 1h')
        .argParser(readDuration)
        .default(10 * 60_000, '10m'),
    )
    .requiredOption('-o, --output <file>', 'where to write it');
  addWhoseOptions(command).action(async (options: TraceOptions) => {
    if (options.user === undefined && options.device === undefined) {
      throw new WrongUsage("a trace is one user's or one device's: say --user or --device");
    }
    const exchanges = await withServer(dataFolder(command), async (_, follow) => {
      const told = await follow('trace', whoseOf(options));
      const stop = Promise.race([sleep(options.for, 'stop' as const), interrupted()]);
      process.stderr.write(`Tracing for ${showDuration(options.for)}; Ctrl-C ends it.\n`);
      return collect(told, stop);
    });
    if (exchanges.length === 0) throw new Refused('no request came while it was traced: nothing was written');
    write(options.output, conversationText('A traced conversation', exchanges));
    tell(
      command,
      { requests: exchanges.length, file: options.output },
      ({ requests, file }) =>
        `${showCount(requests, 'request')} written to ${bold(file)}. Look it through before you send it to anybody.`,
    );
  });
  addExamples(command, 'davd trace --user alice --device "work laptop" --for 10m -o trace.http');
}

async function collect(
  told: AsyncIterable<MaskedExchange>,
  stop: Promise<'stop'>,
): Promise<readonly MaskedExchange[]> {
  const exchanges: MaskedExchange[] = [];
  const reader = told[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([reader.next(), stop]);
    if (next === 'stop' || next.done) return exchanges;
    exchanges.push(next.value);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new Refused(
      `can't write the trace to "${file}": ${error instanceof Error ? error.message : error}`,
    );
  }
}

function readDuration(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+)\s*([smh]?)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit || 's'] ?? 0);
  if (!(ms > 0 && ms <= 24 * 3_600_000)) throw new InvalidArgumentError('It must be like 30s, 10m or 1h.');
  return ms;
}
