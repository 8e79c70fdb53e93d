/** The results as tables for people, one for each size. */

import { isRight, type Result } from './results.ts';
import type { Unit } from './steps/step.ts';

/** @param first the server that the others are held against */
export function tableOf(results: readonly Result[], size: number, first: string): string {
  const here = results.filter((result) => result.size === size);
  const servers = [...new Set(here.map(({ server }) => server))].sort((a, b) =>
    a === first ? -1 : b === first ? 1 : 0,
  );
  const steps = [...new Map(here.map((result) => [result.step, result])).values()];
  const cell = (step: string, server: string) =>
    here.find((result) => result.step === step && result.server === server);
  const rows = steps.map(({ step, what }) => {
    const own = cell(step, first);
    return [
      what,
      ...servers.flatMap((server) => {
        const result = cell(step, server);
        if (server === first) return [show(result), besideLimit(result), processorOf(result)];
        return [show(result), ratio(own, result)];
      }),
    ];
  });
  const head = [
    `${size.toLocaleString('en')} events`,
    ...servers.flatMap((server) => [server, ...(server === first ? ['of the limit', 'processor'] : [''])]),
  ];
  return aligned([head, ...rows]);
}

/** p50, and p95 in brackets. */
function show(result: Result | undefined): string {
  if (!result) return '';
  const { figure, unit, failed } = result;
  if (!figure) return failed ?? '';
  const spread = figure.samples > 1 ? ` (${number(figure.p95, unit)})` : '';
  const wrong = isRight(result) ? '' : ` ${wrongOf(result)}`;
  return `${number(figure.p50, unit)} ${unit}${spread}${wrong}`;
}

function wrongOf({ failed, counts }: Result): string {
  const wrong = counts
    .filter(({ expected, found }) => expected !== found)
    .map(({ of, expected, found }) => `${found} of ${expected} ${of}`);
  return `[${failed ?? wrong.join(', ')}]`;
}

/** Of a rate, how much of the limit is reached; of a time, how much longer it takes. */
function besideLimit(result: Result | undefined): string {
  if (!result?.limit || !result.figure) return '';
  const { limit, figure, unit } = result;
  return unit === '/s'
    ? `${Math.round((100 * figure.p50) / limit.p50)} % of ${number(limit.p50, unit)} /s`
    : `${(figure.p50 / limit.p50).toFixed(1)} × ${number(limit.p50, unit)} ms`;
}

/** µs for each request, and what the bare handler takes for its own. */
function processorOf(result: Result | undefined): string {
  if (result?.processor === undefined) return '';
  const micro = (ms: number) => Math.round(ms * 1000);
  const bare = result.limit?.processor;
  return `${micro(result.processor)}${bare === undefined ? '' : ` (${micro(bare)})`} µs`;
}

/** How many times more the first server does, or how many times longer the other takes. */
function ratio(first: Result | undefined, other: Result | undefined): string {
  if (!first?.figure || !other?.figure) return '';
  const times =
    first.unit === '/s' ? first.figure.p50 / other.figure.p50 : other.figure.p50 / first.figure.p50;
  return `× ${times >= 10 ? Math.round(times) : times.toFixed(1)}`;
}

export function number(value: number, unit: Unit): string {
  if (unit === '/s') return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
  if (unit === 'MB') return value.toFixed(1);
  if (unit === 'B') return value.toFixed(0);
  return value >= 1000
    ? String(Math.round(value))
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
