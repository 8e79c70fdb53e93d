/** What the kernel tells of a running process. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * MB in proportional share, of a process and its children; pages of its own program count whole, since here the client
 * may run on the same one.
 */
export function memoryOf(pid: number): number {
  const program = readlinkSync(`/proc/${pid}/exe`);
  let kilobytes = 0;
  for (const mapping of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const counted = mapping.slice(0, mapping.indexOf('\n')).endsWith(program) ? 'Rss' : 'Pss';
    kilobytes += Number(new RegExp(`^${counted}: +(\\d+)`, 'm').exec(mapping)?.[1] ?? 0);
  }
  return childrenOf(pid).reduce((sum, child) => sum + memoryOf(child), kilobytes / 1024);
}

/** ms of processor that a process and its children have used so far, in threads that are still there. */
export function processorOf(pid: number): number {
  const used = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(ofThread(pid, task, 'schedstat').split(' ')[0]),
  );
  const own = used.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
  return childrenOf(pid).reduce((sum, child) => sum + processorOf(child), own);
}

/** Of its main thread alone: where a server has one that answers, what others wait for. */
export function mainThreadOf(pid: number): number {
  return processorOfThread(pid, String(pid));
}

/** Of its main thread and those of a name: without the helpers of Node, which work beside them. */
export function threadsOf(pid: number, name: string): number {
  const named = readdirSync(`/proc/${pid}/task`).filter(
    (task) => task !== String(pid) && ofThread(pid, task, 'comm').trim() === name,
  );
  return named.reduce((sum, task) => sum + processorOfThread(pid, task), mainThreadOf(pid));
}

function processorOfThread(pid: number, task: string): number {
  return Number(ofThread(pid, task, 'schedstat').split(' ')[0]) / 1e6;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    ofThread(pid, task, 'children').split(' ').filter(Boolean).map(Number),
  );
}

/** What is told of a thread; nothing where it has just ended. */
function ofThread(pid: number, task: string, what: 'schedstat' | 'comm' | 'children'): string {
  try {
    return readFileSync(`/proc/${pid}/task/${task}/${what}`, 'utf8');
  } catch {
    return '';
  }
}
