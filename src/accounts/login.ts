/** The one door for logins. */

import { hash, randomBytes } from 'node:crypto';
import type { Credentials } from '../http/basic.ts';
import type { Device, Login, Store, User } from '../store/types.ts';
import { matchesDevice } from './app-password.ts';
import { Bounded } from './bounded.ts';
import { canonicalName, spellings } from './names.ts';
import type { Passwords } from './password.ts';
import { CLOCK, type Clock, openThrottle } from './throttle.ts';

export interface Logins {
  /**
   * The user whose credentials these are, with the device whose app password it is; undefined if they are wrong or
   * can't be read, or the user is disabled. `credentials` are as the client sent them, `remote` is its address.
   * @throws LoginBusy when it can't be found out now.
   */
  verify(credentials: string, remote: string): Promise<Login | undefined>;
}

export interface LoginOptions {
  readonly store: Pick<Store, 'user' | 'findUser' | 'users'>;
  readonly passwords: Passwords;
  /** Reads what a client sent. */
  readonly readCredentials: (credentials: string) => Credentials | undefined;
  /** Users' own passwords don't count, only those of devices. */
  readonly devicesOnly?: () => boolean;
  readonly clock?: Clock;
}

/** A comparison that was made, good as long as the user's stored hash is the same. */
interface Known {
  /** undefined: there was no such user. */
  readonly user: string | undefined;
  readonly hash: string | null | undefined;
  /** Id of the device whose app password it is. */
  readonly device?: string;
}

/** ms. A poll at least once in this time costs no hashing; nothing else depends on it. */
const REMEMBERED = 60 * 60_000;
const MOST = 10_000;

export function openLogins({
  store,
  passwords,
  readCredentials,
  devicesOnly = () => false,
  clock = CLOCK,
}: LoginOptions): Logins {
  // Neither names nor passwords are kept: what is remembered is known by a keyed hash of what was sent. It never leaves
  // this function, so a plain hash with the key in front does, at a fifth of the time of an HMAC.
  const secret = randomBytes(32).toString('latin1');
  const right = new Bounded<Known>({ lifetime: REMEMBERED, most: MOST, now: clock.now });
  const wrong = new Bounded<Known>({ lifetime: REMEMBERED, most: MOST, now: clock.now });
  const checks = new Map<string, Promise<Login | undefined>>();
  const throttle = openThrottle(clock);

  async function check(
    key: string,
    { user: name, password }: Credentials,
    remote: string,
  ): Promise<Login | undefined> {
    const user = await resolveUser(store, name);
    // Random secrets are not worth guessing at, so these neither wait nor cost a slow hashing.
    const device = user?.devices.find((each) => matchesDevice(password, each.hash));
    if (user && device) {
      right.set(key, { user: user.id, hash: device.hash, device: device.id });
      return admitted(user, device);
    }
    const known = { user: user?.id, hash: user?.password };
    const before = wrong.get(key);
    // A device that goes on with an old password is told so without hashing; it isn't guessing either.
    if (before && before.user === known.user && before.hash === known.hash) return undefined;

    const attempt = await throttle.attempt(user?.id ?? canonicalName(name), remote);
    const matches = await passwords.matches(password, user?.password).catch((error: unknown) => {
      attempt.void();
      throw error;
    });
    if (!matches) {
      wrong.set(key, known);
      return undefined;
    }
    attempt.right();
    right.set(key, known);
    return user && admitted(user);
  }

  function admitted(user: User, device?: Device): Login | undefined {
    if (user.disabled || (!device && devicesOnly())) return undefined;
    return device ? { user, device } : { user };
  }

  return {
    async verify(credentials, remote) {
      const key = hash('sha256', `${secret}${credentials}`, 'base64');
      const known = right.get(key);
      if (known?.user !== undefined) {
        const user = await store.user(known.user);
        const device = user?.devices.find(({ id }) => id === known.device);
        const hash = known.device === undefined ? user?.password : device?.hash;
        if (user && hash === known.hash) return admitted(user, device);
        right.delete(key);
      }
      const read = readCredentials(credentials);
      if (!read) return undefined;
      // A client that opens ten connections at once costs one hashing.
      const running = checks.get(key) ?? check(key, read, remote).finally(() => checks.delete(key));
      checks.set(key, running);
      return running;
    },
  };
}

/** By name or alias, else by an e-mail address that only one user has; in each spelling the name may be meant. */
async function resolveUser(store: LoginOptions['store'], name: string): Promise<User | undefined> {
  for (const spelling of spellings(name)) {
    const user = (await store.findUser(canonicalName(spelling))) ?? (await byAddress(store, spelling));
    if (user) return user;
  }
  return undefined;
}

async function byAddress(store: LoginOptions['store'], text: string): Promise<User | undefined> {
  if (!text.includes('@')) return undefined;
  const address = canonicalName(text);
  const users = (await store.users()).filter(({ addresses }) =>
    addresses.some((own) => canonicalName(own) === address),
  );
  return users.length === 1 ? users[0] : undefined;
}
