import type { Kind, Refusal } from '../store/types.ts';
import type { AllowedChange } from './allowed-change.ts';
import { DavError, type Precondition, preconditions, refuse } from './errors.ts';
import { lockRoot } from './locks.ts';
import { hrefs, xml } from './markup.ts';
import { encodeSegment } from './paths.ts';

/** Kinds that are switched on, with the precondition that a UID conflict violates there. */
export type UidConflicts = Partial<Readonly<Record<Kind, Precondition>>>;

/**
 * The store's refusals in the protocol's words: the one place where they meet.
 * @param change the refused one
 */
export function explain(
  refusal: Refusal,
  change: AllowedChange | undefined,
  uidConflicts: UidConflicts,
): DavError {
  switch (refusal.reason) {
    case 'expectation':
      return refuse(412, 'the resource is not in the state that the request demands; fetch it again');
    case 'uid-conflict': {
      const within = change?.places[0];
      const condition = within && uidConflicts[within.kind];
      const href = `${within?.href}${encodeSegment(refusal.detail)}`;
      const message = `"${href}" stands in the way: a UID is there once, and an object keeps its own`;
      return condition ? refuse(condition, message, xml`<D:href>${href}</D:href>`) : refuse(409, message);
    }
    case 'absent':
      return refuse(409, 'the resource, or the collection above it, is no longer there');
    case 'exists':
      return refuse(preconditions.resourceMustBeNull, 'there is something with that name already');
    case 'locked':
      return locked(refusal, change, preconditions.lockTokenSubmitted);
    case 'lock-conflict':
      return locked(refusal, change, preconditions.noConflictingLock);
    case 'too-many-locks':
      return refuse(507, 'there are too many locks here: unlock some, or wait until they end');
    case 'bad-name':
      return refuse(403, `the name can't be stored: ${refusal.detail}`);
    case 'full':
      return refuse(preconditions.sufficientDiskSpace, "the server's disk is full; nothing was changed");
    case 'read-only':
      return later('the server cannot write at the moment; nothing was changed', 60);
    case 'unavailable':
      return later("the server's disk does not answer at the moment; nothing was changed", 10);
  }
}

/** RFC 9110 §15.6.4. @param seconds until another try may succeed */
function later(message: string, seconds: number): DavError {
  return new DavError(503, message, undefined, undefined, { 'retry-after': String(seconds) });
}

/** RFC 4918 §16: the condition names the roots of the locks that are in the way. */
function locked({ locks }: Refusal, change: AllowedChange | undefined, condition: Precondition): DavError {
  const roots = locks.flatMap((lock) => {
    const place = change?.places.find(({ id }) => id === lock.collection);
    return place ? [{ href: lockRoot(lock, place.href), below: lock.member !== null }] : [];
  });
  const held = roots.map(({ href }) => `"${href}"`).join(', ');
  const error = refuse(condition, `there is a lock on ${held}`, hrefs(roots.map(({ href }) => href)));
  if (change?.whole) error.members = roots.filter(({ below }) => below).map(({ href }) => href);
  return error;
}
