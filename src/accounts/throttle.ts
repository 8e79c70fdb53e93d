/** Slows down guessing: every wrong password makes the next attempt wait longer. Nobody is ever locked out. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Bounded } from './bounded.ts';
import { LoginBusy } from './busy.ts';

export interface Throttle {
  /**
   * Waits for the turn of one attempt at `user` from `remote`, which counts as wrong until it is said to be right.
   * @throws LoginBusy where the wait would be too long for a client.
   */
  attempt(user: string, remote: string): Promise<Attempt>;
}

export interface Attempt {
  /** The password was right: its user is no longer slowed down from that address. */
  right(): void;
  /** Nothing was found out: the attempt doesn't count. */
  void(): void;
}

/** Attempts of one kind since the last quiet time. */
interface Strikes {
  readonly count: number;
  /** ms; the next attempt begins then at the earliest. */
  readonly free: number;
}

/** Wrong attempts without delay: at one user from an address, and at all users from an address. */
const FREE_PER_USER = 5;
const FREE_PER_ADDRESS = 50;
/** ms */
const FIRST_DELAY = 250;
const LONGEST_DELAY = 8_000;
const LONGEST_WAIT = 15_000;
const FORGOTTEN = 15 * 60_000;

export interface Clock {
  /** ms */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

export const CLOCK: Clock = { now: Date.now, wait: (ms) => sleep(ms) };

export function openThrottle({ now, wait }: Clock = CLOCK): Throttle {
  const strikes = new Bounded<Strikes>({ lifetime: FORGOTTEN, most: 20_000, now });

  /** When an attempt may start, and what is remembered if it does: attempts at the same time wait for each other. */
  function next(key: string, allowance: number): { readonly start: number; readonly after: Strikes } {
    const { count, free } = strikes.get(key) ?? { count: 0, free: 0 };
    const start = Math.max(now(), free);
    const over = count - allowance;
    const delay = over < 0 ? 0 : Math.min(FIRST_DELAY * 2 ** over, LONGEST_DELAY);
    return { start, after: { count: count + 1, free: start + delay } };
  }

  function takeBack(key: string): void {
    const known = strikes.get(key);
    if (known) strikes.set(key, { ...known, count: known.count - 1 });
  }

  return {
    async attempt(user, address) {
      const remote = network(address);
      const pair = `${remote} ${user}`;
      const atUser = next(pair, FREE_PER_USER);
      const fromAddress = next(remote, FREE_PER_ADDRESS);
      const delay = Math.max(atUser.start, fromAddress.start) - now();
      if (delay > LONGEST_WAIT) throw new LoginBusy(Math.ceil(delay / 1000));
      strikes.set(pair, atUser.after);
      strikes.set(remote, fromAddress.after);
      if (delay > 0) await wait(delay);
      return {
        right: () => {
          strikes.delete(pair);
          takeBack(remote);
        },
        void: () => {
          takeBack(pair);
          takeBack(remote);
        },
      };
    },
  };
}

/** One household or machine has a whole /64 of IPv6 addresses to choose from. */
function network(address: string): string {
  if (!address.includes(':')) return address;
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
