import { Refusal } from '../types.ts';
import { errorCode, reasonOf } from './error.ts';

/** What the disk can't do at the moment, as a refusal; any other error as it is. */
function refusalOf(error: unknown): unknown {
  const isOfSystem = /^E(?!RR_)/.test(errorCode(error));
  return isOfSystem ? new Refusal('unavailable', -1, reasonOf(error), [], error) : error;
}

/** @throws Refusal 'unavailable' where the disk fails. */
export function ifAvailable<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw refusalOf(error);
  });
}

/** @throws Refusal 'unavailable' where the disk fails. */
export async function* allIfAvailable<T>(work: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* work;
  } catch (error) {
    throw refusalOf(error);
  }
}
