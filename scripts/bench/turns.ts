/** Turns of a running Node's event loop, and what ran in the longest of them: what somebody else's request waits for. */

import { nameOf, type Profile } from './cpu-profile.ts';

interface Turn {
  /** µs of the monotonic clock. */
  readonly begun: number;
  readonly ended: number;
  /** ms of processor of the main thread, and ms by the clock that it did not wait for anything to happen. */
  readonly processor: number;
  readonly busy: number;
}

const SHOWN = 12;
const FUNCTIONS = 8;

/** Has the process that evaluates it note its turns. It holds no loop open: an immediate without a reference. */
export const BEGIN_TURNS = `(${begin})()`;
/** Evaluates to the turns as JSON. */
export const END_TURNS = 'globalThis.endTurns()';

/** Runs in the process that is looked at, so it uses nothing of here. */
function begin(): void {
  const turns: Turn[] = [];
  const now = () => Number(process.hrtime.bigint() / 1000n);
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  let going = true;
  let begun = now();
  let before = used();
  let { idle } = performance.eventLoopUtilization();
  const turned = () => {
    const ended = now();
    const after = used();
    const rested = performance.eventLoopUtilization().idle;
    const processor = (after - before) / 1000;
    if (processor >= 1) turns.push({ begun, ended, processor, busy: (ended - begun) / 1000 - rested + idle });
    begun = ended;
    before = after;
    idle = rested;
    if (going) setImmediate(turned).unref();
  };
  setImmediate(turned).unref();
  Object.assign(globalThis, {
    endTurns() {
      going = false;
      return JSON.stringify(turns);
    },
  });
}

/** The longest turns, with the functions that took most of each, themselves and with what they call. */
export function turnsText(json: string, profile: Profile): string {
  const turns: Turn[] = JSON.parse(json);
  const longest = turns.toSorted((a, b) => heldBy(b) - heldBy(a)).slice(0, SHOWN);
  const over = [5, 10, 20].map((ms) => `${turns.filter((turn) => heldBy(turn) > ms).length} over ${ms}`);
  const samples = sampled(profile);
  const first = samples[0]?.time ?? 0;
  const texts = longest.map((turn) => {
    const { begun, ended, processor, busy } = turn;
    const at = ((begun - first) / 1000).toFixed(0);
    const title = `${processor.toFixed(1)} ms of processor, ${busy.toFixed(1)} by the clock, after ${at} ms`;
    return `${title}\n${functionsOf(samples.filter(({ time }) => time > begun && time <= ended))}`;
  });
  return `turns of ms: ${over.join(', ')}\n\n${texts.join('\n\n')}\n`;
}

/** Other processes make the clock say too much; the kernel may count the processor in steps of some ms. */
function heldBy({ processor, busy }: Turn): number {
  return Math.min(processor, busy);
}

interface Sample {
  /** µs of the monotonic clock. */
  readonly time: number;
  /** µs since the one before. */
  readonly delta: number;
  /** From the function that ran outwards. */
  readonly stack: readonly string[];
}

function sampled({ nodes, samples, timeDeltas, startTime }: Profile): Sample[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const stacks = new Map<number, string[]>();
  const stackOf = (id: number): string[] => {
    const known = stacks.get(id);
    if (known) return known;
    const parent = parents.get(id);
    const stack = [names.get(id) ?? '', ...(parent === undefined ? [] : stackOf(parent))];
    stacks.set(id, stack);
    return stack;
  };
  let time = startTime;
  return samples.map((id, i) => {
    const delta = timeDeltas[i] ?? 0;
    time += delta;
    return { time, delta, stack: stackOf(id) };
  });
}

function functionsOf(samples: readonly Sample[]): string {
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  for (const { delta, stack } of samples) {
    const [name = ''] = stack;
    if (name.startsWith('(idle)')) continue;
    own.set(name, (own.get(name) ?? 0) + delta);
    for (const one of new Set(stack)) whole.set(one, (whole.get(one) ?? 0) + delta);
  }
  const top = (times: ReadonlyMap<string, number>) =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, FUNCTIONS)
      .map(([name, time]) => `${(time / 1000).toFixed(1).padStart(8)} ms  ${name}`);
  const davds = new Map([...whole].filter(([name]) => name.includes('src/')));
  return ['  by itself', ...top(own), '  with what it calls', ...top(davds)].join('\n');
}
