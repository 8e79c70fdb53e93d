import type { Reply } from '../../http/types.ts';
import type { Expect, Member } from '../../store/types.ts';
import * as change from '../allowed-change.ts';
import { readExpect } from '../conditions.ts';
import { DavError, preconditions, refuse } from '../errors.ts';
import { pathOf } from '../paths.ts';
import { type Exchange, type MethodRow, method } from '../protocol.ts';
import {
  type CollectionResource,
  existingTypes,
  type Granted,
  holdsObjects,
  isObject,
  type ObjectResource,
} from '../resource.ts';
import { representation } from './objects.ts';

type How = 'copy' | 'move';

/** RFC 4918 §9.8: an object, or a calendar or address book with (Depth infinity) or without (0) what is in it. */
export const copy: MethodRow = method('COPY', existingTypes, 'read', (source, x) =>
  transfer('copy', source, x),
);

/** RFC 4918 §9.9: an object to any own collection, or a collection to another name. */
export const move: MethodRow = method('MOVE', existingTypes, 'read', (source, x) =>
  transfer('move', source, x),
);

async function transfer(how: How, source: Granted, x: Exchange): Promise<Reply> {
  const target = await destination(how, x);
  if (isObject(source)) return transferObject(how, source, target, x);
  if (holdsObjects(source)) return transferCollection(how, source, target, x);
  throw refuse(403, `"${source.href}" belongs to the server: it can't be copied or moved`);
}

async function transferObject(
  how: How,
  source: Granted<ObjectResource>,
  target: Granted,
  x: Exchange,
): Promise<Reply> {
  if (target.type !== 'absent' && !isObject(target)) throw refuse(403, `"${target.href}" is a collection`);
  const within = target.type === 'absent' ? target.parent : target;
  if (within.type === 'home')
    throw refuse(409, `an object can't stand at "${target.href}": it needs a collection`);
  if (isObject(target) && target.member.name === source.member.name) {
    if (target.collection.id === source.collection.id) throw ontoItself(source);
  }
  const content = await x.access.content(source);
  if (!content) throw refuse(404, `there is nothing at "${source.href}"`);
  // What the target accepts is asked of the bytes, as for a PUT (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1).
  await x.protocol.extension(within.collection.kind).check(content.bytes, within.collection, undefined);
  const expectTarget = overwrite(x) ? {} : { noneMatch: '*' as const };
  const expect = ofThese(content.member, readExpect(x.req));
  const make = how === 'copy' ? change.copyObject : change.moveObject;
  const [outcome] = await x.access.commit([make(source, target, expect, expectTarget)]);
  const { created = true, etag } = outcome ?? {};
  const reply = transferred(created, target);
  if (x.preferences.representation) return representation(target.href, reply, x);
  return { ...reply, headers: { ...reply.headers, ...(etag !== undefined && { etag: `"${etag}"` }) } };
}

async function transferCollection(
  how: How,
  source: Granted<CollectionResource>,
  target: Granted,
  x: Exchange,
): Promise<Reply> {
  const name = nameBeside(source, target, x);
  const members = membersToo(how, x);
  if (how === 'move' && source.collection.protected) {
    throw refuse(preconditions.needPrivileges, `"${source.href}" is protected and keeps its name`);
  }
  const replaced = holdsObjects(target) ? [replace(target, x)] : [];
  const made =
    how === 'copy' ? change.copyCollection(source, name, members) : change.renameCollection(source, name);
  await x.access.commit([...replaced, made]);
  return transferred(replaced.length === 0, target);
}

/** What the client expects of the source, which must still have the bytes that were checked. @throws DavError 412 */
function ofThese({ etag }: Member, expect: Expect): Expect {
  const { match = '*' } = expect;
  if (match !== '*' && !match.includes(etag)) throw refuse(412, 'the object has another ETag by now');
  return { ...expect, match: [etag] };
}

/** The name in the same home that the target stands for: free, or another collection's that may be replaced. */
function nameBeside(source: Granted<CollectionResource>, target: Granted, x: Exchange): string {
  const { kind, name } = source.collection;
  if (target.type === 'absent' && target.parent.type === 'home' && target.parent.home.kind === kind) {
    return target.name;
  }
  if (target.type !== kind) {
    const { collectionLocationOk } = x.protocol.extension(kind);
    throw refuse(collectionLocationOk, `a ${kind} can't stand at "${target.href}"`);
  }
  const { collection } = target as Granted<CollectionResource>;
  if (collection.name === name) throw ontoItself(source);
  return collection.name;
}

/** RFC 4918 §9.8.4, §9.9.3: what was there goes with all its members, in the same commit. */
function replace(target: Granted<CollectionResource>, x: Exchange): change.AllowedChange {
  if (!overwrite(x)) throw refuse(412, `there is something at "${target.href}" already`);
  if (target.collection.protected) {
    throw refuse(preconditions.needPrivileges, `"${target.href}" is protected and can't be replaced`);
  }
  return change.removeCollection(target);
}

/** RFC 4918 §9.8.3, §9.9.2 */
function membersToo(how: How, x: Exchange): boolean {
  const depth = x.req.headers['depth']?.trim().toLowerCase() ?? 'infinity';
  if (depth === 'infinity') return true;
  if (depth === '0' && how === 'copy') return false;
  throw refuse(400, `a collection can't be ${how === 'copy' ? 'copied' : 'moved'} with Depth ${depth}`);
}

/** The resource that the Destination header names: existing or free. */
async function destination(how: How, x: Exchange): Promise<Granted> {
  const header = x.req.headers['destination'];
  if (!header) throw refuse(400, `a ${how.toUpperCase()} needs a Destination header`);
  const target = await x.access.reachOrAbsent(pathOf(header), 'write-content');
  if (target instanceof DavError) throw target;
  return target;
}

/** RFC 4918 §10.6: absent means yes. */
function overwrite(x: Exchange): boolean {
  return x.req.headers['overwrite']?.trim().toUpperCase() !== 'F';
}

/** RFC 4918 §9.8.5, §9.9.4 */
function ontoItself({ href }: Granted): DavError {
  return refuse(403, `"${href}" is source and destination`);
}

function transferred(created: boolean, target: Granted): Reply {
  return { status: created ? 201 : 204, headers: created ? { location: target.href } : {} };
}
