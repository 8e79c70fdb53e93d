/** App passwords: random secrets of devices. A guess would have to hit 79 random bits, so a fast hash is enough. */

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = '$sha256$';

/** `$sha256$SALT$DIGEST` of a generated password. */
export function hashAppPassword(password: string): string {
  const salt = randomBytes(12).toString('base64url');
  return `${PREFIX}${salt}$${digest(salt, password)}`;
}

/** Whether `password` is the one of the hash; dashes, blanks and capitals that a phone put in don't count. */
export function matchesDevice(password: string, hashed: string): boolean {
  if (!hashed.startsWith(PREFIX)) return false;
  const [salt = '', known = ''] = hashed.slice(PREFIX.length).split('$');
  const [given, stored] = [Buffer.from(digest(salt, password)), Buffer.from(known)];
  return given.length === stored.length && timingSafeEqual(given, stored);
}

function digest(salt: string, password: string): string {
  const typed = password.replace(/[\s-]/g, '').toLowerCase();
  return hash('sha256', `${salt}$${typed}`, 'base64url');
}
