/** What commands say on standard output: plain in a pipe, with colours on a terminal unless NO_COLOR is set. */

import { isSea } from 'node:sea';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { AccountAddresses } from '../admin/addresses.ts';
import { plain, widthOf } from './show.ts';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

export function faint(text: string): string {
  return styleText('dim', text, { stream: process.stdout });
}

/** How the person started this program, for commands to be pasted; bin/davd says it in DAVD_PROGRAM. */
export function program(): string {
  return process.env['DAVD_PROGRAM'] || (isSea() ? process.argv0 : 'davd');
}

/** The outcome of a command: as JSON where --json is given, else as text. */
export function tell<T>(command: Command, outcome: T, text: (outcome: T) => string): void {
  if (command.optsWithGlobals<{ json?: true }>().json) sayJson(outcome);
  else say(text(outcome));
}

type Cell = string | number;

/** Columns of text, each as wide as its widest cell; numbers to the right. The first row is the heading. */
export function table(rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : plain(cell))));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => widthOf(String(row[column] ?? '')))),
  );
  const lines = shown.map((row) => aligned(row, widths));
  return lines.map((line, index) => (index === 0 ? faint(line) : line)).join('\n');
}

function aligned(row: readonly Cell[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const wide = widths[column] ?? 0;
    return typeof cell === 'number' ? String(cell).padStart(wide) : cell + ' '.repeat(wide - widthOf(cell));
  });
  return cells.join('  ').trimEnd();
}

/** Names and values, one a line; what has no value is left out. */
export function list(pairs: readonly (readonly [name: string, value: string])[]): string {
  const filled = pairs.filter(([, value]) => value !== '');
  const width = Math.max(...filled.map(([name]) => name.length));
  return filled.map(([name, value]) => `${faint(name.padEnd(width))}  ${plain(value)}`).join('\n');
}

/** What to type into which device. */
export function accountText(user: string, account: AccountAddresses): string {
  const { server, principal, calendars, local, encrypted } = account;
  const url = new URL(server);
  // Apple finds the account by itself where the server has the whole host; else it must be told the full address.
  const apple = url.pathname === '/' && url.port === '' && encrypted ? url.host : principal;
  const lines = [
    ['iPhone, iPad, Mac', `add a CalDAV and a CardDAV account (under Other); server ${bold(apple)}`],
    ['Thunderbird', `new calendar on the network, new CardDAV address book; location ${bold(server)}`],
    ['DAVx5', `login with URL and user name; base URL ${bold(server)}`],
    ['other programs', `${bold(principal)} or ${bold(calendars)}`],
  ];
  return [
    `User name for all of them: ${bold(user)}`,
    ...lines.map(([device = '', what]) => `  ${device.padEnd(19)}${what}`),
    ...(local
      ? ['Careful: only this machine reaches that address; name the public one with davd config set url.']
      : encrypted
        ? []
        : [
            'Careful: without https passwords travel readable, and Apple devices refuse; put a web server with a certificate in front.',
          ]),
  ].join('\n');
}
