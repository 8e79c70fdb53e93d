import { randomUUID } from 'node:crypto';
import { answerRange } from '../../http/range.ts';
import { BodyTooLarge, type Reply } from '../../http/types.ts';
import type { Collection, Facts } from '../../store/types.ts';
import * as change from '../allowed-change.ts';
import { readExpect, unmetByRead } from '../conditions.ts';
import { DavError, refuse } from '../errors.ts';
import { encodeSegment } from '../paths.ts';
import { type Exchange, type MethodRow, method } from '../protocol.ts';
import {
  type AbsentResource,
  type CollectionResource,
  type Granted,
  isObject,
  type ObjectResource,
  objectTypes,
} from '../resource.ts';

/** GET of an object, or a part of it (RFC 9110 §9.3.1, §14.2). The server sends no body for HEAD. */
export async function getObject(object: Granted<ObjectResource>, x: Exchange): Promise<Reply> {
  const content = await x.access.content(object);
  if (!content) throw refuse(404, `there is nothing at "${object.href}"`);
  const { member, bytes } = content;
  const { contentType, represent, varies } = x.protocol.extension(object.collection.kind);
  const shown = represent?.(bytes, x.req);
  const headers = {
    // What is made from an object means the same, but its bytes are others: a weak tag (RFC 9110 §8.8.1).
    etag: `${shown && !shown.usual ? 'W/' : ''}"${member.etag}"`,
    'last-modified': new Date(member.modified).toUTCString(),
    'content-type': shown?.contentType ?? contentType(member),
    ...(varies && { vary: varies }),
  };
  const unmet = unmetByRead(x.req, member);
  if (unmet === 412) throw refuse(412, 'the object is not in the state that the request demands');
  if (unmet === 304) return { status: 304, headers };
  return shown ? { status: 200, headers, body: shown.bytes } : answerRange(x.req, headers, bytes);
}

/** PUT of an object, new or not (RFC 4791 §5.3.2, RFC 6352 §6.3.2). Stored as sent, so the ETag is that of the body. */
export const put: MethodRow = method(
  'PUT',
  [...objectTypes, 'absent'],
  'write-content',
  async (target, x): Promise<Reply> => {
    const within = target.type === 'absent' ? target.parent : target;
    if (within.type === 'home') {
      throw refuse(
        409,
        `an object needs a collection: make one at "${target.href}" or use one that is there`,
      );
    }
    const { bytes, facts, asSent } = await readObject(within.collection, x);
    const [outcome] = await x.access.commit([change.putObject(target, bytes, facts, readExpect(x.req))]);
    const status = outcome?.created ? 201 : 204;
    if (x.preferences.representation) return representation(target.href, { status, headers: {} }, x);
    // No ETag for what is not stored as it was sent (RFC 4791 §5.3.4).
    const etag = asSent ? outcome?.etag : undefined;
    return { status, headers: etag === undefined ? {} : { etag: `"${etag}"` } };
  },
  { creates: true },
);

/** RFC 5995: a new object under a name that the server chooses, from its UID where that makes a good one. */
export const post: MethodRow = method(
  'POST',
  ['calendar', 'addressbook'],
  'read',
  async (collection, x): Promise<Reply> => {
    const { bytes, facts, asSent } = await readObject(collection.collection, x);
    const target = await freeMember(collection, facts.uid, x);
    const put = change.putObject(target, bytes, facts, { noneMatch: '*' });
    const [outcome] = await x.access.commit([put]);
    const headers = { location: target.href, ...(asSent && outcome?.etag && { etag: `"${outcome.etag}"` }) };
    const reply: Reply = { status: 201, headers };
    return x.preferences.representation ? representation(target.href, reply, x) : reply;
  },
  { creates: true },
);

/** DELETE of an object (RFC 4918 §9.6). `Schedule-Reply` changes nothing while nothing is scheduled. */
export async function deleteObject(object: Granted<ObjectResource>, x: Exchange): Promise<Reply> {
  await x.access.commit([change.removeObject(object, readExpect(x.req))]);
  return { status: 204, headers: {} };
}

/** The answer to a change with the object as it is now, for `return=representation` (RFC 8144 §3, RFC 7240 §4.2). */
export async function representation(href: string, reply: Reply, x: Exchange): Promise<Reply> {
  const object = await x.access.reach(href, 'read');
  if (object instanceof DavError || !isObject(object)) return reply;
  const { accept } = x.req.headers;
  const { headers, body = '' } = await getObject(object, { ...x, req: { ...x.req, headers: { accept } } });
  return {
    status: reply.status === 204 ? 200 : reply.status,
    headers: {
      ...reply.headers,
      ...headers,
      'content-location': href,
      'preference-applied': 'return=representation',
      vary: headers['vary'] ? `Prefer, ${headers['vary']}` : 'Prefer',
    },
    body,
  };
}

/** What a request wants to store in a collection, checked. @throws DavError */
async function readObject(
  collection: Collection,
  x: Exchange,
): Promise<{ bytes: Uint8Array; facts: Facts; asSent: boolean }> {
  const { maxResourceSize, check, decode } = x.protocol.extension(collection.kind);
  if (x.req.headers['content-range'] !== undefined) {
    throw refuse(400, 'a PUT of a part of an object is not possible (RFC 9110 §14.5)');
  }
  const limit = x.limits.objectBytes[collection.kind];
  const bytes = await x.req.body.bytes(limit).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw refuse({ ...maxResourceSize, status: 413 }, `the object is larger than ${limit} octets`);
  });
  const contentType = x.req.headers['content-type'];
  const decoded = decode?.(bytes, contentType);
  if (decoded) return { bytes: decoded, facts: await check(decoded, collection, undefined), asSent: false };
  return { bytes, facts: await check(bytes, collection, contentType), asSent: true };
}

/** A free name in a collection. UIDs that would need escapes, or say nothing but that they are one, are not taken. */
async function freeMember(
  { href, collection }: Granted<CollectionResource>,
  uid: string | null,
  x: Exchange,
): Promise<Granted<AbsentResource>> {
  const { ending } = x.protocol.extension(collection.kind);
  const short = uid?.replace(/^urn:uuid:/i, '') ?? '';
  const names = [...(/^[\w~-][\w.@~-]{0,119}$/.test(short) ? [short] : []), randomUUID()];
  for (const name of names) {
    const target = await x.access.reachOrAbsent(href + encodeSegment(name + ending), 'bind');
    if (target instanceof DavError) throw target;
    if (target.type === 'absent') return target;
  }
  throw refuse(409, `no free name was found in "${href}"`);
}
