import { randomUUID } from 'node:crypto';
import type { Reply } from '../../http/types.ts';
import type { Lock } from '../../store/types.ts';
import * as change from '../allowed-change.ts';
import { DavError, preconditions, refuse } from '../errors.ts';
import { activeLocks, type Lockable, longestOwner, readTimeout, slotOf, usualLock } from '../locks.ts';
import { document, xml, xmlHeaders } from '../markup.ts';
import { qname } from '../names.ts';
import { type Exchange, type MethodRow, method } from '../protocol.ts';
import { lockableTypes } from '../resource.ts';
import { child, type Element, serialise } from '../xml.ts';

/**
 * RFC 4918 §9.10. A calendar or address book can't hold an empty resource: a lock on a free name keeps the name for who
 * has the token (201), and nothing is there until the PUT.
 */
export const lock: MethodRow = method(
  'LOCK',
  lockableTypes,
  'write-content',
  async (resource, x): Promise<Reply> => {
    const body = await x.xml();
    return body ? newLock(resource, body, x) : refreshed(resource, x);
  },
  { creates: true },
);

/** RFC 4918 §9.11. The lock may have been taken on a collection above. */
export const unlock: MethodRow = method(
  'UNLOCK',
  lockableTypes,
  'read',
  async (resource, x): Promise<Reply> => {
    const token = /^\s*<([^<>]+)>\s*$/.exec(x.req.headers['lock-token'] ?? '')?.[1];
    if (token === undefined) throw refuse(400, 'an UNLOCK needs a Lock-Token header with one <token>');
    const lock = (await x.access.locks(resource)).find((one) => one.token === token);
    if (!lock) {
      const message = `no lock with that token covers "${resource.href}"`;
      throw refuse(preconditions.lockTokenMatchesRequestUri, message);
    }
    await x.access.commit([change.removeLock(resource, lock, x.user.id)]);
    return { status: 204, headers: {} };
  },
  { creates: true },
);

async function newLock(resource: Lockable, body: Element, x: Exchange): Promise<Reply> {
  const wish = readLockInfo(body);
  const token = `urn:uuid:${randomUUID()}`;
  const depth = readDepth(x);
  const lock = { ...wish, ...timing(x), depth, token, user: x.user.id };
  const [outcome] = await x.access.commit([change.setLock(resource, lock)]);
  const reply = await discovery(resource, x);
  return {
    ...reply,
    status: outcome?.created ? 201 : 200,
    headers: { ...reply.headers, 'lock-token': `<${token}>` },
  };
}

/** RFC 4918 §9.10.2: the If header says which lock. */
async function refreshed(resource: Lockable, x: Exchange): Promise<Reply> {
  if (x.access.tokens.length === 0) {
    throw refuse(400, 'a LOCK without a body refreshes the lock whose token stands in the If header');
  }
  const lock = (await x.access.locks(resource)).find(
    ({ token, user }) => x.access.tokens.includes(token) && user === x.user.id,
  );
  if (!lock) {
    const { name } = preconditions.lockTokenMatchesRequestUri;
    throw new DavError(412, `no lock of yours with that token covers "${resource.href}"`, name);
  }
  const { expires, timeout } = timing(x, lock.timeout);
  await x.access.commit([change.refreshLock(resource, lock, expires, timeout)]);
  return discovery(resource, x);
}

async function discovery(resource: Lockable, x: Exchange): Promise<Reply> {
  const locks = activeLocks(await x.access.locks(resource), slotOf(resource)?.href ?? resource.href);
  const body = document('D:prop', xml`<D:lockdiscovery>${locks}</D:lockdiscovery>`);
  return { status: 200, headers: xmlHeaders, body };
}

/** @param usual ms, where the client doesn't say */
function timing(x: Exchange, usual = usualLock): Pick<Lock, 'expires' | 'timeout'> {
  const timeout = readTimeout(x.req.headers['timeout']) ?? usual;
  return { timeout, expires: Date.now() + timeout };
}

/** RFC 4918 §9.10.3: infinity where nothing is said. */
function readDepth(x: Exchange): Lock['depth'] {
  const depth = x.req.headers['depth']?.trim().toLowerCase() ?? 'infinity';
  if (depth === '0' || depth === 'infinity') return depth;
  throw refuse(400, `a LOCK has Depth 0 or infinity, not ${depth}`);
}

/** RFC 4918 §14.11 */
function readLockInfo(body: Element): Pick<Lock, 'scope' | 'owner'> {
  if (body.name !== qname('D', 'lockinfo')) throw refuse(400, 'the body of a LOCK is a DAV:lockinfo element');
  const scopes = child(body, qname('D', 'lockscope'))?.children.map(({ name }) => name) ?? [];
  const scope = (['exclusive', 'shared'] as const).find((kind) => scopes.includes(qname('D', kind)));
  if (!scope || !child(child(body, qname('D', 'locktype')), qname('D', 'write'))) {
    throw refuse(400, 'a LOCK needs a lockscope of exclusive or shared, and the locktype write');
  }
  const owner = child(body, qname('D', 'owner'));
  const text = owner ? serialise(owner).text : '';
  if (text.length > longestOwner)
    throw refuse(400, `the owner of a lock has at most ${longestOwner} characters`);
  return { scope, owner: text };
}
