import type { Reply } from '../../http/types.ts';
import type { Kind, Properties } from '../../store/types.ts';
import * as change from '../allowed-change.ts';
import { preconditions, refuse } from '../errors.ts';
import { document, xmlHeaders } from '../markup.ts';
import { qname } from '../names.ts';
import { type Proposal, proposalPropstats, readProposal } from '../proposal.ts';
import { type Exchange, type MethodRow, method } from '../protocol.ts';
import { type AbsentResource, existingTypes, type Granted, isObject, type Resource } from '../resource.ts';
import type { Element } from '../xml.ts';
import { deleteObject } from './objects.ts';

const types = [...existingTypes, 'absent'] as const;

/** RFC 4918 §9.3 and, with a body, RFC 5689. In a home, even a bare MKCOL makes the only kind that fits there. */
export const mkcol: MethodRow = method(
  'MKCOL',
  types,
  'read',
  async (resource, x) => {
    const { target, kind } = freeName(resource);
    const body = await x.xml();
    if (body && body.name !== qname('D', 'mkcol'))
      throw refuse(415, 'the body of a MKCOL is a DAV:mkcol element');
    return makeCollection(target, kind, body, 'D:mkcol-response', x);
  },
  { creates: true },
);

/** DELETE of an object or a whole collection (RFC 4918 §9.6.1). */
export const remove: MethodRow = method(
  'DELETE',
  existingTypes,
  'read',
  async (resource, x): Promise<Reply> => {
    if (isObject(resource)) return deleteObject(resource, x);
    if (resource.type !== 'calendar' && resource.type !== 'addressbook') {
      throw refuse(403, `"${resource.href}" belongs to the server and can't be deleted`);
    }
    if (resource.collection.protected) {
      throw refuse(
        preconditions.needPrivileges,
        `"${resource.href}" is protected: 'davd calendar protect --off ${resource.user.name}/${resource.collection.name}' allows to delete it`,
      );
    }
    await x.access.commit([change.removeCollection(resource)]);
    return { status: 204, headers: {} };
  },
);

/**
 * Makes a collection with the properties that `body` sets; all of them are set or nothing is made.
 * @param answer root of the answer that names refused properties (RFC 5689 §3, RFC 4791 §5.3.1)
 */
export async function makeCollection(
  target: Granted<AbsentResource>,
  kind: Kind,
  body: Element | undefined,
  answer: 'D:mkcol-response' | 'C:mkcalendar-response',
  x: Exchange,
): Promise<Reply> {
  const proposal = withCheckedType(readProposal(body, kind, 'creation', x.protocol), kind, x);
  if (proposal.refused.size > 0) {
    return { status: 403, headers: xmlHeaders, body: document(answer, proposalPropstats(proposal)) };
  }
  const properties = Object.fromEntries(Object.entries(proposal.patch).filter(([, value]) => value !== null));
  const components = proposal.components ?? x.protocol.extension(kind).defaultComponents;
  await x.access.commit([change.createCollection(target, kind, components, properties as Properties)]);
  return { status: 201, headers: {} };
}

/** The free name of the request in a home, and the kind of collection that home holds. */
export function freeName(resource: Granted<Resource>): { target: Granted<AbsentResource>; kind: Kind } {
  if (resource.type !== 'absent') {
    throw refuse(preconditions.resourceMustBeNull, `there is something at "${resource.href}" already`);
  }
  if (resource.parent.type !== 'home') {
    throw refuse(403, `collections can't be made inside the collection "${resource.parent.href}"`);
  }
  return { target: resource, kind: resource.parent.home.kind };
}

/** A resourcetype, where one is sent, must be the one this home holds (RFC 5689 §3.3, §3.5). */
function withCheckedType(proposal: Proposal, kind: Kind, x: Exchange): Proposal {
  const { collectionType } = x.protocol.extension(kind);
  const wrong = proposal.types.filter((name) => name !== collectionType);
  if (wrong.length === 0) return proposal;
  const message = `a collection of type ${wrong.join(' ')} can't be made here`;
  const refusal = refuse(preconditions.validResourcetype, message);
  return { ...proposal, refused: new Map([...proposal.refused, [qname('D', 'resourcetype'), refusal]]) };
}
