/** Profiles of a running Node by its inspector: what `node --cpu-prof` writes, but of one step. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameOf, type Profile } from './cpu-profile.ts';
import { BEGIN_TURNS, END_TURNS, turnsText } from './turns.ts';

/** µs between samples. */
const INTERVAL = 200;
const SHOWN = 40;

/**
 * Begins a profile of the process that listens for inspectors at `port`; `stop` writes it, with a summary and the longest
 * turns of its event loop beside it.
 */
export async function startProfile(port: number, file: string): Promise<{ stop(): Promise<void> }> {
  const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await listed.json()) as { webSocketDebuggerUrl: string }[];
  if (!target) throw new Error('there is nothing to be inspected');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  let last = 0;
  const ask = <T>(method: string, params = {}): Promise<T> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      const take = ({ data }: MessageEvent) => {
        const message = JSON.parse(String(data));
        if (message.id !== id) return;
        socket.removeEventListener('message', take);
        resolve(message.result);
      };
      socket.addEventListener('message', take);
    });
  };
  await ask('Profiler.enable');
  await ask('Profiler.setSamplingInterval', { interval: INTERVAL });
  await ask('Profiler.start');
  await ask('Runtime.evaluate', { expression: BEGIN_TURNS });
  return {
    async stop() {
      const turns = await ask<{ result: { value: string } }>('Runtime.evaluate', { expression: END_TURNS });
      const { profile } = await ask<{ profile: Profile }>('Profiler.stop');
      socket.close();
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(profile));
      writeFileSync(`${file}.txt`, summary(profile));
      writeFileSync(`${file}.turns.txt`, turnsText(turns.result.value, profile));
    },
  };
}

/** The functions that took most themselves, and with what they call, in % of the time that was not idle. */
function summary({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, i) => {
    const time = timeDeltas[i] ?? 0;
    const name = names.get(id) ?? '';
    if (name.startsWith('(idle)')) return;
    busy += time;
    own.set(name, (own.get(name) ?? 0) + time);
    const seen = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at))
      seen.add(names.get(at) ?? '');
    for (const one of seen) whole.set(one, (whole.get(one) ?? 0) + time);
  });
  const top = (times: ReadonlyMap<string, number>) =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SHOWN)
      .map(([name, time]) => `${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`)
      .join('\n');
  return `busy ${(busy / 1000).toFixed(0)} ms\n\nby itself\n${top(own)}\n\nwith what it calls\n${top(whole)}\n`;
}
