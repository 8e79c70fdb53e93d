/** What commands say on standard output: plain in a pipe, with colours on a terminal unless NO_COLOR is set. */

import { isSea } from 'node:sea';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { paragraph, widthOfTerminal } from './wrap.ts';

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A sentence for the person on standard error. */
export function sayError(sentence: string): void {
  process.stderr.write(`${paragraph(`davd: ${sentence}`, '', widthOfTerminal(process.stderr))}\n`);
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

/** --json is given. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: true }>().json === true;
}

/** The outcome of a command: as JSON where --json is given, else as text. */
export function tell<T>(command: Command, outcome: T, text: (outcome: T) => string): void {
  if (wantsJson(command)) say(JSON.stringify(outcome, null, 2));
  else say(text(outcome));
}

/** One of several things to tell, one after the other: a JSON value a line where --json is given. */
export function tellNext<T>(command: Command, told: T, text: (told: T) => string): void {
  say(wantsJson(command) ? JSON.stringify(told) : text(told));
}
