import type { Reply } from '../../http/types.ts';
import * as change from '../allowed-change.ts';
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
import { readExpect } from './objects.ts';

/** MOVE of an object between own collections, or of a collection to another name (RFC 4918 §9.9). */
export const move: MethodRow = method('MOVE', existingTypes, 'read', async (source, x): Promise<Reply> => {
  const target = await destination(x);
  if (isObject(source)) return moveObject(source, target, x);
  if (holdsObjects(source)) return renameCollection(source, target, x);
  throw refuse(403, `"${source.href}" belongs to the server and can't be moved`);
});

async function moveObject(source: Granted<ObjectResource>, target: Granted, x: Exchange): Promise<Reply> {
  if (target.type !== 'absent' && !isObject(target)) throw refuse(403, `"${target.href}" is a collection`);
  const within = target.type === 'absent' ? target.parent : target;
  if (within.type === 'home')
    throw refuse(409, `an object can't stand at "${target.href}": it needs a collection`);
  const content = await x.access.content(source);
  if (!content) throw refuse(404, `there is nothing at "${source.href}"`);
  // What the target accepts is asked of the bytes, as for a PUT (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1).
  x.protocol.extension(within.collection.kind).check(content.bytes, within.collection, undefined);
  const expectTarget = overwrite(x) ? {} : { noneMatch: '*' as const };
  const expect = { match: [content.member.etag], ...readExpect(x.req) };
  const [outcome] = await x.access.commit([change.moveObject(source, target, expect, expectTarget)]);
  return moved(outcome?.created ?? true, target, outcome?.etag);
}

async function renameCollection(
  source: Granted<CollectionResource>,
  target: Granted,
  x: Exchange,
): Promise<Reply> {
  if (target.type !== 'absent') {
    if (!overwrite(x)) throw refuse(412, `there is something at "${target.href}" already`);
    throw refuse(403, `the collection "${target.href}" is not replaced by a move: delete it first`);
  }
  const { parent } = target;
  if (parent.type !== 'home' || parent.home.kind !== source.collection.kind) {
    throw refuse(403, `a ${source.collection.kind} can't be moved to "${target.href}"`);
  }
  if (source.collection.protected) {
    throw refuse(preconditions.needPrivileges, `"${source.href}" is protected and keeps its name`);
  }
  await x.access.commit([change.renameCollection(source, target)]);
  return moved(true, target, undefined);
}

/** The resource that the Destination header names: existing or free. */
async function destination(x: Exchange): Promise<Granted> {
  const header = x.req.headers['destination'];
  if (!header) throw refuse(400, 'a MOVE needs a Destination header');
  const target = await x.access.reachOrAbsent(pathOf(header), 'write-content');
  if (target instanceof DavError) throw target;
  return target;
}

/** RFC 4918 §10.6: absent means yes. */
function overwrite(x: Exchange): boolean {
  return x.req.headers['overwrite']?.trim().toUpperCase() !== 'F';
}

function moved(created: boolean, target: Granted, etag: string | undefined): Reply {
  return {
    status: created ? 201 : 204,
    headers: { ...(created && { location: target.href }), ...(etag !== undefined && { etag: `"${etag}"` }) },
  };
}
