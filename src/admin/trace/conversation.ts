/** A trace as a conversation that the tests can have again (test/clients/README.md). */

import type { Learned, MaskedExchange } from './masker.ts';

/** @param title what stands at its head, without the names of anybody */
export function conversationText(title: string, exchanges: readonly MaskedExchange[]): string {
  const used = new Set(exchanges.flatMap(variablesOf));
  const known = new Set<string>();
  const steps = exchanges.map((exchange, index) => {
    const request = requestText(exchange, known);
    return `### ${index + 1}. ${exchange.method} ${exchange.target}\n${request}\n${answerText(exchange, used, known)}`;
  });
  return [`# ${title}\n`, ...setup(exchanges), ...steps].join('\n');
}

const VARIABLE = /\{\{(\w+)\}\}/g;

function variablesOf({ headers, body }: MaskedExchange): readonly string[] {
  return [...headers.map(([, value]) => value), body].flatMap((text) => text.match(VARIABLE) ?? []);
}

function requestText({ method, target, headers, body }: MaskedExchange, known: ReadonlySet<string>): string {
  // What was learned before the trace began is known to nobody.
  const filled = (text: string): string =>
    text.replace(VARIABLE, (variable) => (known.has(variable) ? variable : '"from-before"'));
  const head = headers.map(([name, value]) => `${name}: ${filled(value)}\n`).join('');
  return `${method} ${target} as alice\n${head}${body === '' ? '' : `\n${filled(body).trim()}\n`}`;
}

/** The status, and where what is used later is learned for the first time. */
function answerText(
  { status, learned }: MaskedExchange,
  used: ReadonlySet<string>,
  known: Set<string>,
): string {
  const fresh = learned.filter(({ variable }) => {
    if (!used.has(variable) || known.has(variable)) return false;
    known.add(variable);
    return true;
  });
  const name = ({ variable }: Learned): string => variable.slice(2, -2);
  const head = fresh.filter((each) => each.as === 'ETag').map((each) => `ETag > ${name(each)}\n`);
  const whole = fresh
    .filter((each) => each.as === 'sync-token')
    .map((each) => `sync-token > ${name(each)}\n`);
  const ofResponses = fresh
    .filter(({ href }) => href !== undefined)
    .map((each) => `${each.href}\n  ${each.as} > ${name(each)}\n`);
  return `HTTP/1.1 ${status}\n${head.join('')}\n${[...whole, ...ofResponses].join('')}`;
}

/** Collections that were there before the trace began. */
function setup(exchanges: readonly MaskedExchange[]): readonly string[] {
  const made = new Set<string>();
  const steps: string[] = [];
  for (const { method, target, status } of exchanges) {
    const [path = '', kind] =
      /^.*\/(calendars|addressbooks)\/alice\/collection\d+(?=\/|$)/.exec(target) ?? [];
    if (path === '' || made.has(path)) continue;
    made.add(path);
    if (/^MK/.test(method) || status === 404) continue;
    const verb = kind === 'calendars' ? 'MKCALENDAR' : 'MKCOL';
    steps.push(`### A collection from before\n${verb} ${path}/ as alice\n\nHTTP/1.1 201\n`);
  }
  return steps;
}
