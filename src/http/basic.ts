/** Basic authentication (RFC 7617). */

import { isUtf8 } from 'node:buffer';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const BASIC = /^basic +([a-z0-9+/_-]+={0,2}) *$/i;
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Reads an Authorization header. Returns undefined where there is none, it is of another scheme or isn't well formed.
 * The bytes are UTF-8 as our challenge says (§2.1); what isn't, is read as Latin-1, which older clients send.
 */
export function parseBasic(header: string | undefined): Credentials | undefined {
  const token = header === undefined ? undefined : BASIC.exec(header)?.[1];
  if (token === undefined) return undefined;
  const bytes = Buffer.from(token, 'base64');
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const colon = text.indexOf(':');
  if (colon < 0 || CONTROL.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The value of WWW-Authenticate (§2, §2.1). `realm` may hold any text a header can carry. */
export function basicChallenge(realm: string): string {
  return `Basic realm="${realm.replace(/["\\]/g, '\\$&')}", charset="UTF-8"`;
}
