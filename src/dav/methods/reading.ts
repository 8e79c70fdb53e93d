import { refuse } from '../errors.ts';
import { method } from '../protocol.ts';
import { existingTypes, isObject } from '../resource.ts';
import { getObject } from './objects.ts';

/**
 * OPTIONS: `DAV` is added to every answer (handler.ts). `Allow` names all methods, since clients ask a collection
 * whether its members can be written (Evolution looks for PUT, e-cal-backend-caldav.c).
 */
export const options = method('OPTIONS', existingTypes, 'read', async (_, x) => ({
  status: 200,
  headers: { allow: x.protocol.allow() },
}));

export const get = method('GET', existingTypes, 'read', async (resource, x) => {
  if (isObject(resource)) return getObject(resource, x);
  if (resource.type === 'root') {
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'davd is running. Give this address to a CalDAV or CardDAV client.\n',
    };
  }
  throw refuse(405, `"${resource.href}" is a collection: list it with PROPFIND`);
});

/** The server drops the body. */
export const head = method('HEAD', existingTypes, 'read', get.run);
