import { method } from '../protocol.ts';
import { existingTypes, holdsObjects, isObject, objectTypes } from '../resource.ts';
import { getObject } from './objects.ts';
import { getWholeCollection } from './whole-collection.ts';

/**
 * OPTIONS: `DAV` is added to every answer (handler.ts). `Allow` names all methods, since clients ask a collection
 * whether its members can be written (Evolution looks for PUT, e-cal-backend-caldav.c).
 */
export const options = method('OPTIONS', existingTypes, 'read', async (_, x) => ({
  status: 200,
  headers: { allow: x.protocol.allow() },
}));

const readable = ['root', 'calendar', 'addressbook', ...objectTypes] as const;

/** Of other collections there is nothing to read: they are listed with PROPFIND, and the 405 says so. */
export const get = method('GET', readable, 'read', async (resource, x) => {
  if (isObject(resource)) return getObject(resource, x);
  if (holdsObjects(resource)) return getWholeCollection(resource, x);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: 'davd is running. Give this address to a CalDAV or CardDAV client.\n',
  };
});

/** The server drops the body. */
export const head = method('HEAD', readable, 'read', get.run);
