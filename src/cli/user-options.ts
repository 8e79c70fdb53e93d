/** What a person says about a user. */

import type { Command } from 'commander';
import type { UserParts } from '../admin/user-record.ts';

export interface PartOptions {
  readonly displayName?: string;
  readonly email?: readonly string[];
  readonly locale?: string;
  readonly timeZone?: string;
}

export function addPartOptions(command: Command): Command {
  return command
    .option('--display-name <text>', 'name as people write it')
    .option(
      '--email <address>',
      'e-mail address, good for logging in too (repeatable, the preferred one first)',
      (address: string, earlier: readonly string[] = []) => [...earlier, address],
    )
    .option('--locale <tag>', 'language: fr, pt-BR, …')
    .option('--time-zone <name>', 'time zone: Europe/Paris, …');
}

/** '' takes addresses and the time zone away. */
export function partsOf({ displayName, email, locale, timeZone }: PartOptions): UserParts {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { addresses: email.filter(Boolean) }),
    ...(locale !== undefined && { locale }),
    ...(timeZone !== undefined && { timeZone }),
  };
}
