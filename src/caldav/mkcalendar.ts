import { refuse } from '../dav/errors.ts';
import { freeName, makeCollection } from '../dav/methods/collections.ts';
import { qname } from '../dav/names.ts';
import { type MethodRow, method } from '../dav/protocol.ts';
import { existingTypes } from '../dav/resource.ts';
import { preconditions } from './preconditions.ts';

/** RFC 4791 §5.3.1. An empty body makes a calendar with the defaults. */
export const mkcalendar: MethodRow = method(
  'MKCALENDAR',
  [...existingTypes, 'absent'],
  'read',
  async (resource, x) => {
    const { target, kind } = freeName(resource);
    if (kind !== 'calendar') {
      throw refuse(preconditions.calendarCollectionLocationOk, `calendars can't be made at "${target.href}"`);
    }
    const body = await x.xml();
    if (body && body.name !== qname('C', 'mkcalendar')) {
      throw refuse(415, 'the body of a MKCALENDAR is a C:mkcalendar element');
    }
    return makeCollection(target, kind, body, 'C:mkcalendar-response', x);
  },
  { creates: true },
);
