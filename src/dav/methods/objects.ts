import { parseEtags } from '../../http/etag.ts';
import { BodyTooLarge, type Reply, type Req } from '../../http/types.ts';
import type { Expect, Member } from '../../store/types.ts';
import * as change from '../allowed-change.ts';
import { refuse } from '../errors.ts';
import { type Exchange, method } from '../protocol.ts';
import { type AbsentResource, type Granted, type ObjectResource, objectTypes } from '../resource.ts';

/** GET of an object (RFC 9110 §9.3.1). The server sends no body for HEAD. */
export async function getObject(object: Granted<ObjectResource>, x: Exchange): Promise<Reply> {
  const content = await x.access.content(object);
  if (!content) throw refuse(404, `there is nothing at "${object.href}"`);
  const { member, bytes } = content;
  const headers = {
    etag: `"${member.etag}"`,
    'last-modified': new Date(member.modified).toUTCString(),
    'content-type': x.protocol.extension(object.collection.kind).contentType(member),
  };
  const unchanged = readUnchanged(x.req, member);
  if (unchanged === 412) throw refuse(412, 'the object is not in the state that the request demands');
  if (unchanged === 304) return { status: 304, headers };
  return { status: 200, headers, body: bytes };
}

/** PUT of an object, new or not (RFC 4791 §5.3.2, RFC 6352 §6.3.2). Stored as sent, so the ETag is that of the body. */
export const put = method(
  'PUT',
  [...objectTypes, 'absent'],
  'write-content',
  async (target, x): Promise<Reply> => {
    const { collection, maxResourceSize, check } = placeOf(target, x);
    if (x.req.headers['content-range'] !== undefined) {
      throw refuse(400, 'a PUT of a part of an object is not possible (RFC 9110 §14.5)');
    }
    const bytes = await x.req.body.bytes(x.limits.objectBytes).catch((error: unknown) => {
      if (!(error instanceof BodyTooLarge)) throw error;
      const limit = x.limits.objectBytes;
      throw refuse({ ...maxResourceSize, status: 413 }, `the object is larger than ${limit} octets`);
    });
    const facts = check(bytes, collection, x.req.headers['content-type']);
    const [outcome] = await x.access.commit([change.putObject(target, bytes, facts, readExpect(x.req))]);
    return {
      status: outcome?.created ? 201 : 204,
      headers: outcome?.etag === undefined ? {} : { etag: `"${outcome.etag}"` },
    };
  },
  { creates: true },
);

/** DELETE of an object (RFC 4918 §9.6). `Schedule-Reply` changes nothing while nothing is scheduled. */
export async function deleteObject(object: Granted<ObjectResource>, x: Exchange): Promise<Reply> {
  await x.access.commit([change.removeObject(object, readExpect(x.req))]);
  return { status: 204, headers: {} };
}

/** What If-Match and If-None-Match demand of the member that is changed (RFC 9110 §13.1). */
export function readExpect(req: Req): Expect {
  const match = parseEtags(req.headers['if-match']);
  const noneMatch = parseEtags(req.headers['if-none-match']);
  return { ...(match && { match }), ...(noneMatch && { noneMatch }) };
}

/** 304 or 412 where a read's conditions say so (RFC 9110 §13.2.2). */
function readUnchanged(req: Req, member: Member): 304 | 412 | undefined {
  const { match, noneMatch } = readExpect(req);
  const holds = (tags: readonly string[] | '*') => tags === '*' || tags.includes(member.etag);
  if (match && !holds(match)) return 412;
  if (noneMatch) return holds(noneMatch) ? 304 : undefined;
  const since = Date.parse(req.headers['if-modified-since'] ?? '');
  return Math.floor(member.modified / 1000) * 1000 <= since ? 304 : undefined;
}

function placeOf(target: Granted<ObjectResource | AbsentResource>, x: Exchange) {
  const within = target.type === 'absent' ? target.parent : target;
  if (within.type === 'home') {
    throw refuse(409, `an object needs a collection: make one at "${target.href}" or use one that is there`);
  }
  return { collection: within.collection, ...x.protocol.extension(within.collection.kind) };
}
