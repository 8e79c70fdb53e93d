/** Passwords at rest: argon2id (RFC 9106) as PHC strings, hashed by Node itself, never more than two at once. */

import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { LoginBusy } from './busy.ts';

export interface Passwords {
  /** A PHC string for `password`. @throws LoginBusy */
  hash(password: string): Promise<string>;
  /** False also where `phc` can't be read, after as much work as a true comparison. @throws LoginBusy */
  matches(password: string, phc: string | null | undefined): Promise<boolean>;
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT = 16;
const TAG = 32;
/** Hashings at work, and hashings waiting for their turn. Each holds a thread of libuv's pool and 19 MiB. */
const AT_ONCE = 2;
const WAITING = 100;
/** When to come back if even the queue is full. */
const BUSY_SECONDS = 5;

/** What an unknown user's password is compared with. */
const NOBODY: Hash = { ...COST, salt: Buffer.alloc(SALT, 1), tag: Buffer.alloc(TAG) };

export function openPasswords({ atOnce = AT_ONCE, waiting = WAITING } = {}): Passwords {
  let running = 0;
  const queue: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (queue.length >= waiting) throw new LoginBusy(BUSY_SECONDS);
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT);
        return writePhc({
          ...COST,
          salt,
          tag: await derive(password, { ...COST, salt, tag: Buffer.alloc(TAG) }),
        });
      }),
    matches: (password, phc) =>
      inTurn(async () => {
        const known = readPhc(phc ?? '');
        const stored = known ?? NOBODY;
        const equal = timingSafeEqual(await derive(password, stored), stored.tag);
        return equal && known !== undefined;
      }),
  };
}

interface Hash {
  /** KiB */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Composed and decomposed letters are the same password (RFC 8265 §4.2.2). */
function derive(password: string, { memory, passes, parallelism, salt, tag }: Hash): Promise<Buffer> {
  const message = password.normalize('NFC');
  const options = { message, nonce: salt, memory, passes, parallelism, tagLength: tag.length };
  return new Promise((resolve, reject) => {
    argon2('argon2id', options, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
}

const PHC = /^\$argon2id\$v=19\$([a-z0-9=,]+)\$([a-z0-9+/]+)\$([a-z0-9+/]+)$/i;

/** Bounds keep a damaged record from taking the machine down. */
function readPhc(text: string): Hash | undefined {
  const [, list = '', salt = '', tag = ''] = PHC.exec(text) ?? [];
  const parameters = new Map(list.split(',').map((pair) => pair.split('=', 2) as [string, string]));
  const hash = {
    memory: Number(parameters.get('m')),
    passes: Number(parameters.get('t')),
    parallelism: Number(parameters.get('p')),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
  const sane =
    within(hash.parallelism, 1, 16) &&
    within(hash.memory, 8 * hash.parallelism, 1024 * 1024) &&
    within(hash.passes, 1, 64) &&
    within(hash.salt.length, 8, 64) &&
    within(hash.tag.length, 16, 64);
  return sane ? hash : undefined;
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function writePhc({ memory, passes, parallelism, salt, tag }: Hash): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** Without letters that are taken for another: i, l, o, 0, 1. */
const EASY = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A random password of 79 bits, easy to read out and to type on a phone: `k7xw-9mpe-2hua-vqdc`. */
export function generatePassword(): string {
  const group = (): string => Array.from({ length: 4 }, () => EASY[randomInt(EASY.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

/** Why `password` can't be used, as the end of a sentence; undefined if it can. */
export function passwordProblem(password: string): string | undefined {
  if (password === '') return 'it is empty';
  if (Buffer.byteLength(password) > 1024) return 'it is longer than 1024 octets';
  return /[\x00-\x1f\x7f]/.test(password) ? 'it has a control character' : undefined;
}
