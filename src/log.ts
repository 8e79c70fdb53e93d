/** The log: one JSON line per event on standard error, or a readable line where that is a terminal. */

import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino';

/** What the parts of davd are handed. Fields first, then a message that is always the same for the same event. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Lines for people instead of JSON. */
  readonly readable?: boolean;
  /** Where to; standard error by default. */
  readonly stream?: DestinationStream;
}

/** Bodies and Authorization are never handed to the log; should one slip in under its usual name, it is masked. */
const SECRETS = ['password', 'authorization', 'token', 'body'].flatMap((name) => [name, `*.${name}`]);

/** A log whose `level` can be changed while it is in use. */
export function openLog({ level, readable = false, stream = destination(2) }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
      redact: { paths: SECRETS, censor: '…' },
    },
    readable ? { write: (line) => stream.write(forPeople(line)) } : stream,
  );
}

function forPeople(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  const stack = err && typeof err === 'object' && 'stack' in err ? `\n${err.stack}` : '';
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${[msg, ...details].join('  ')}${stack}\n`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
