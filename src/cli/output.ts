/** What commands say on standard output: plain in a pipe, with colours on a terminal unless NO_COLOR is set. */

import { isSea } from 'node:sea';
import { styleText } from 'node:util';
import type { AccountAddresses } from '../admin/addresses.ts';

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

/** Columns of text, each as wide as its widest cell; numbers to the right. The first row is the heading. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => String(row[column] ?? '').length));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const line = (row: readonly (string | number)[]): string =>
    row
      .map((cell, column) => {
        const wide = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(wide) : cell.padEnd(wide);
      })
      .join('  ')
      .trimEnd();
  return rows.map((row, index) => (index === 0 ? faint(line(row)) : line(row))).join('\n');
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
      ? [
          'Careful: only this machine reaches that address; name the public one with davd init --url or "url" in davd.json.',
        ]
      : encrypted
        ? []
        : [
            'Careful: without https passwords travel readable, and Apple devices refuse; put a web server with a certificate in front.',
          ]),
  ].join('\n');
}
