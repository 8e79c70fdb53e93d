/** What a running server tells as it happens, until nobody listens any more. Each thing told is a plain JSON value. */

import type { Answered, Requests } from '../requests.ts';
import type { CheckStep } from '../store/finding.ts';
import type { Held, Moment } from '../store/types.ts';
import type { Administration } from './administration.ts';
import { existing } from './change-user.ts';
import { deviceNamed } from './devices.ts';
import { Refused } from './refused.ts';
import { type MaskedExchange, Masker } from './trace/masker.ts';

/** Whose requests; of everybody where nothing is said. */
export interface Whose {
  readonly user?: string;
  readonly device?: string;
}

const STREAMS = { tail, trace, check, hold } satisfies Record<
  string,
  (on: Administration, wish: never) => Promise<AsyncIterable<unknown>>
>;

type Streams = typeof STREAMS;
export type StreamName = keyof Streams;
export type Told<N extends StreamName> =
  Awaited<ReturnType<Streams[N]>> extends AsyncIterable<infer T> ? T : never;

/** Begins to listen. The stream ends when its reader leaves it. @throws Refused */
export type Follower = <N extends StreamName>(
  name: N,
  wish: Parameters<Streams[N]>[1],
) => Promise<AsyncIterable<Told<N>>>;

export function follower(on: Administration): Follower {
  return ((name: StreamName, wish: never) => STREAMS[name](on, wish)) as Follower;
}

export function isStream(name: string): name is StreamName {
  return Object.hasOwn(STREAMS, name);
}

/** Every request, without its contents. */
async function tail(on: Administration, wish: Whose): Promise<AsyncIterable<Answered>> {
  const whose = await filter(on, wish);
  return listen(on, (requests, tell) => requests.onAnswered((one) => whose(one) && tell(one)));
}

/** The conversation of one user or device, masked before it leaves the server. */
async function trace(on: Administration, wish: Whose): Promise<AsyncIterable<MaskedExchange>> {
  if (wish.user === undefined && wish.device === undefined) {
    throw new Refused("a trace is one user's or one device's: say --user or --device");
  }
  const whose = await filter(on, wish);
  const masker = new Masker(on.settings);
  return listen(on, (requests, tell) =>
    requests.onConversed((one) => one.user !== undefined && whose(one) && tell(masker.mask(one))),
  );
}

/** Tells one moment of the store, and holds it until nobody listens any more. */
async function hold({ store, running }: Administration, _wish: null): Promise<AsyncIterable<Moment>> {
  const over = Promise.withResolvers<void>();
  let held: Promise<Held> | undefined;
  const end = async (): Promise<IteratorResult<Moment>> => {
    over.resolve();
    await held?.then(({ release }) => release());
    return { done: true, value: undefined };
  };
  running?.stopping.addEventListener('abort', () => over.resolve());
  const next = async (): Promise<IteratorResult<Moment>> => {
    if (!held) {
      held = store.hold();
      return { done: false, value: (await held).moment };
    }
    await over.promise;
    return end();
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

/** What a check of the store finds, and how far it is. */
async function check(
  { store }: Administration,
  { repair }: { readonly repair: boolean },
): Promise<AsyncIterable<CheckStep>> {
  return store.check(repair);
}

async function filter({ store }: Administration, wish: Whose): Promise<(request: Answered) => boolean> {
  const user = wish.user === undefined ? undefined : await existing(store, wish.user);
  const device =
    wish.device === undefined ? undefined : deviceNamed(user ? [user] : await store.users(), wish.device);
  return (request) =>
    (user === undefined || request.user === user.name) &&
    (device === undefined || request.device === device.name);
}

/** What is told waits here until it is read, so that no request waits for a reader. */
function listen<T>(
  { running }: Administration,
  subscribe: (requests: Requests, tell: (told: T) => void) => () => void,
): AsyncIterable<T> {
  if (!running) throw new Refused('no server runs on this data folder: start one with davd serve');
  const waiting: T[] = [];
  let wake: () => void = () => undefined;
  const leave = subscribe(running.requests, (told) => {
    waiting.push(told);
    wake();
  });
  let left = false;
  running.stopping.addEventListener('abort', () => {
    left = true;
    wake();
  });
  const next = async (): Promise<IteratorResult<T>> => {
    while (waiting.length === 0 && !left) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = waiting.shift();
    return value === undefined ? { done: true, value } : { done: false, value };
  };
  const end = async (): Promise<IteratorResult<T>> => {
    leave();
    left = true;
    wake();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
