/** What may stand in a user's record, read from what a person wrote. */

import { addressProblem, canonicalName, nameProblem } from '../accounts/names.ts';
import type { User } from '../store/types.ts';
import { Refused } from './refused.ts';

/** The parts that an administrator gives. */
export interface UserParts {
  readonly displayName?: string;
  /** The preferred one first. */
  readonly addresses?: readonly string[];
  /** BCP 47 */
  readonly locale?: string;
  /** IANA; '' for the server's. */
  readonly timeZone?: string;
}

/** The record with these parts in place of its own. @throws Refused */
export function withParts(user: User, { displayName, addresses, locale, timeZone }: UserParts): User {
  const { timeZone: before, ...rest } = user;
  const zone = timeZone === undefined ? before : readTimeZone(timeZone);
  return {
    ...rest,
    ...(displayName !== undefined && { displayName: displayName.trim() || user.name }),
    ...(addresses !== undefined && { addresses: addresses.map(readAddress) }),
    ...(locale !== undefined && { locale: readLocale(locale) }),
    ...(zone !== undefined && { timeZone: zone }),
  };
}

/** Canonical name and the spelling it came in. @throws Refused */
export function readName(written: string): { readonly name: string; readonly spelling: string } {
  const spelling = written.trim().normalize('NFC');
  refuseIf(nameProblem(spelling), `the user name "${written}"`);
  return { name: canonicalName(spelling), spelling };
}

/** @throws Refused */
export function refuseIf(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new Refused(`${what} can't be used: ${problem}`);
}

/** IANA name in its canonical spelling; undefined for ''. @throws Refused */
export function readTimeZone(name: string): string | undefined {
  if (name === '') return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new Refused(`the time zone "${name}" can't be used: it must be a name like Europe/Paris`);
  }
}

function readAddress(address: string): string {
  refuseIf(addressProblem(address), `the e-mail address "${address}"`);
  return address;
}

function readLocale(tag: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
    if (canonical !== undefined) return canonical;
  } catch {
    // Not a language tag, refused below.
  }
  throw new Refused(`the locale "${tag}" can't be used: it must be a language like fr or pt-BR`);
}
