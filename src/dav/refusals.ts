import type { Kind, Refusal } from '../store/types.ts';
import type { Within } from './allowed-change.ts';
import { DavError, type Precondition, preconditions, refuse } from './errors.ts';
import { xml } from './markup.ts';
import { encodeSegment } from './paths.ts';

/** Kinds that are switched on, with the precondition that a UID conflict violates there. */
export type UidConflicts = Partial<Readonly<Record<Kind, Precondition>>>;

/**
 * The store's refusals in the protocol's words: the one place where they meet.
 * @param within where the refused change would have stored an object
 */
export function explain(refusal: Refusal, within: Within | undefined, uidConflicts: UidConflicts): DavError {
  switch (refusal.reason) {
    case 'expectation':
      return refuse(412, 'the resource is not in the state that the request demands; fetch it again');
    case 'uid-conflict': {
      const condition = within && uidConflicts[within.kind];
      const href = `${within?.href}${encodeSegment(refusal.detail)}`;
      const message = `"${href}" has the same UID already`;
      return condition ? refuse(condition, message, xml`<D:href>${href}</D:href>`) : refuse(409, message);
    }
    case 'absent':
      return refuse(409, 'the resource, or the collection above it, is no longer there');
    case 'exists':
      return refuse(preconditions.resourceMustBeNull, 'there is something with that name already');
    case 'locked':
    case 'lock-conflict':
      return refuse(preconditions.lockTokenSubmitted, 'the resource is locked');
    case 'bad-name':
      return refuse(403, `the name can't be stored: ${refusal.detail}`);
    case 'full':
      return refuse(preconditions.sufficientDiskSpace, "the server's disk is full; nothing was changed");
    case 'read-only': {
      const message = 'the server cannot write at the moment; nothing was changed';
      return new DavError(503, message, undefined, undefined, { 'retry-after': '60' });
    }
  }
}
