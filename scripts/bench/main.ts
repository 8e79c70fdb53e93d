/**
 * Measures davd beside its peers and what the machine does at all: `npm run bench`. `--quick` takes every step on little
 * data, for its counts. Client and servers share the machine's cores.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Limits } from './limits.ts';
import { measure } from './measure.ts';
import { isRight, type Result } from './results.ts';
import { davd } from './servers/davd.ts';
import { elsewhere } from './servers/elsewhere.ts';
import { radicale } from './servers/radicale.ts';
import type { ServerKind } from './servers/server.ts';
import { xandikos } from './servers/xandikos.ts';
import { number, tableOf } from './table.ts';
import type { Effort } from './trial.ts';

const USAGE = `npm run bench -- [options]
  --sizes 1000,10000,100000   events in the calendar
  --servers davd,radicale,xandikos
  --at URL                    measures a server that runs, by a URL with user and password; repeatable
  --davd FILE                 the executable that is measured, instead of this checkout
  --steps put-1,poll-16       takes these only; of a million: memory-idle,memory-loaded,memory-each,start-warm
  --rounds 5
  --profiles FOLDER           a profile of each step, its dearest functions, and the longest turns of the event loop
  --json FILE                 where the figures go (bench.json)
  --quick                     100 events, one round: for the counts`;

const QUICK: Effort = { rounds: 1, share: 0.02, roundBudget: 1_000, stepBudget: 2_000 };
const FULL: Effort = { rounds: 5, share: 1, roundBudget: 5_000, stepBudget: 30_000 };

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string' },
    servers: { type: 'string', default: 'davd,radicale,xandikos' },
    at: { type: 'string', multiple: true, default: [] },
    davd: { type: 'string' },
    steps: { type: 'string' },
    rounds: { type: 'string' },
    profiles: { type: 'string' },
    json: { type: 'string', default: 'bench.json' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function serversOf(names: readonly string[], urls: readonly string[]): ServerKind[] {
  const known = [davd(options.davd, options.profiles !== undefined), radicale, xandikos];
  return [
    ...names.map((name) => {
      const kind = known.find((one) => one.name === name);
      if (!kind) throw new Error(`there is no server "${name}": ${known.map((one) => one.name).join(', ')}`);
      return kind;
    }),
    ...urls.map(elsewhere),
  ];
}

async function main(): Promise<boolean> {
  const effort = options.quick
    ? QUICK
    : { ...FULL, ...(options.rounds && { rounds: Number(options.rounds) }) };
  const sizes = (options.sizes ?? (options.quick ? '100' : '1000,10000,100000')).split(',').map(Number);
  const kinds = serversOf(options.servers.split(',').filter(Boolean), options.at);
  const only = options.steps === undefined ? undefined : new Set(options.steps.split(','));
  const machine = { cores: availableParallelism(), processor: cpus()[0]?.model, node: process.version };
  const begun = { time: new Date().toISOString(), load: loadavg() };
  const results: Result[] = [];
  const limits = await Limits.start();
  const report = (result: Result) => {
    results.push(result);
    const { server, size, what, figure, unit, failed } = result;
    const shown = figure ? `${number(figure.p50, unit)} ${unit}` : failed;
    console.error(`${server}, ${size}: ${what}: ${shown}${isRight(result) ? '' : '  wrong'}`);
  };
  try {
    for (const size of sizes) {
      for (const kind of kinds) {
        const missing = kind.missing();
        if (missing !== undefined) console.error(`${kind.name} is left out: ${missing}`);
        else await measure(kind, { size, effort, limits, only, profiles: options.profiles, report });
      }
    }
  } finally {
    limits.stop();
  }
  const ended = { time: new Date().toISOString(), load: loadavg() };
  writeFileSync(options.json, `${JSON.stringify({ machine, begun, ended, results }, null, 1)}\n`);
  const first = kinds[0]?.name ?? '';
  for (const size of sizes) console.log(`\n${tableOf(results, size, first)}`);
  console.log(
    `\nload ${begun.load[0]?.toFixed(1)} to ${ended.load[0]?.toFixed(1)}; all figures in ${options.json}`,
  );
  // Peers may be wrong, which the table says; the first server may not.
  return results.every((result) => result.server !== first || isRight(result));
}

if (options.help) console.log(USAGE);
else process.exitCode = (await main()) ? 0 : 1;
