import type { Reply } from '../../http/types.ts';
import { preconditions, refuse } from '../errors.ts';
import type { Xml } from '../markup.ts';
import {
  multistatus,
  multistatusOf,
  propertyResponse,
  propertyResponses,
  readWanted,
  type Wanted,
} from '../multistatus.ts';
import { qname } from '../names.ts';
import { type Exchange, method } from '../protocol.ts';
import { existingTypes, type Granted, isObject } from '../resource.ts';

const PROPFIND = qname('D', 'propfind');

/** RFC 4918 §9.1 */
export const propfind = method('PROPFIND', existingTypes, 'read', async (resource, x): Promise<Reply> => {
  const body = await x.xml();
  if (body && body.name !== PROPFIND) throw refuse(400, 'the body of a PROPFIND is a DAV:propfind element');
  const wanted = readWanted(body, x);
  if (depthOf(resource, x) === 0) return multistatusOf([await propertyResponse(resource, wanted, x)]);
  if (x.preferences.noRoot) return withoutRoot(resource, wanted, x);
  return multistatus(withChildren(resource, wanted, x));
});

/**
 * A whole tree is never listed (RFC 4918 §9.1.1 allows to refuse it). No Depth means infinity there, but clients that
 * forget it (tsdav) want the resource and its children.
 */
function depthOf(resource: Granted, x: Exchange): 0 | 1 {
  const depth = x.req.headers['depth']?.trim().toLowerCase();
  if (isObject(resource) || depth === '0') return 0;
  if (depth === '1' || depth === undefined) return 1;
  if (depth === 'infinity')
    throw refuse(preconditions.propfindFiniteDepth, 'PROPFIND is answered with Depth 0 or 1');
  throw refuse(400, `the Depth "${depth}" is none of 0, 1, infinity`);
}

async function* withChildren(
  resource: Granted,
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<Xml | readonly Xml[]> {
  yield await propertyResponse(resource, wanted, x);
  yield* propertyResponses(x.access.children(resource), wanted, x);
}

/** `depth-noroot` of RFC 8144. */
async function withoutRoot(resource: Granted, wanted: Wanted, x: Exchange): Promise<Reply> {
  const reply = await multistatus(propertyResponses(x.access.children(resource), wanted, x));
  return { ...reply, headers: { ...reply.headers, 'preference-applied': 'depth-noroot' } };
}
