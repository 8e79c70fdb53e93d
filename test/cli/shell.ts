/** Many command lines in one process. Each has what a process of its own has but the terminal, signals and exit. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, type Ended } from './davd.ts';

export interface Shell {
  /** One at a time. */
  run(args: readonly string[], input?: string): Promise<Ended>;
}

export interface ShellOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function openShell(t: TestContext, { cwd, env }: ShellOptions = {}): Shell {
  const child = fork(fileURLToPath(new URL('./shell-child.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...ENVIRONMENT, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  t.after(() => child.kill());
  return {
    async run(args, input) {
      child.send({ args, ...(input !== undefined && { input }) });
      const [ended] = await once(child, 'message');
      return ended as Ended;
    },
  };
}

/** The words of a command line with quotes and without anything else that only a shell knows. */
export function wordsOf(line: string): readonly string[] {
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, double, single, bare]) =>
    String(double ?? single ?? bare),
  );
}
