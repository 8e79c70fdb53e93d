import type { Access, PropertyName } from '../store/types.ts';
import { DavError, preconditions, refuse } from './errors.ts';
import { Xml, xml } from './markup.ts';
import { qname } from './names.ts';

/** RFC 3744 §3 and RFC 4791 §6.1.1. */
export type Privilege =
  | 'all'
  | 'read'
  | 'write'
  | 'write-properties'
  | 'write-content'
  | 'bind'
  | 'unbind'
  | 'unlock'
  | 'read-acl'
  | 'read-current-user-privilege-set'
  | 'read-free-busy';

export type Privileges = ReadonlySet<Privilege>;

const reading: readonly Privilege[] = ['read', 'read-current-user-privilege-set', 'read-free-busy'];
const writing: readonly Privilege[] = [
  'write',
  'write-properties',
  'write-content',
  'bind',
  'unbind',
  'unlock',
];

/** Whether an element inside `D:privilege` names one that resources here support (RFC 3744 §5.3). */
export function isPrivilege(name: PropertyName): boolean {
  return supported.has(name);
}

const supported: ReadonlySet<PropertyName> = new Set(
  (['all', ...reading, ...writing, 'read-acl'] as const).map((privilege) =>
    qname(privilege === 'read-free-busy' ? 'C' : 'D', privilege),
  ),
);

/** What may be done with what is everybody's: root and the collections of principals and homes. */
export const publicPrivileges: Privileges = new Set(['read', 'read-current-user-privilege-set']);

/** Effective privileges on a collection and its members, aggregates and their parts spelled out. */
export const byAccess: Readonly<Record<Access, Privileges>> = {
  owner: new Set(['all', ...reading, ...writing, 'read-acl']),
  'read-write': new Set([...reading, ...writing]),
  read: new Set(reading),
};

/** `<D:privilege>` elements of a set. */
export function privilegeElements(privileges: Privileges): readonly Xml[] {
  let elements = serialised.get(privileges);
  if (!elements) {
    elements = Array.from(privileges, privilegeElement);
    serialised.set(privileges, elements);
  }
  return elements;
}

const serialised = new WeakMap<Privileges, readonly Xml[]>();

export function privilegeElement(privilege: Privilege): Xml {
  return privilege === 'read-free-busy'
    ? xml`<D:privilege><C:read-free-busy/></D:privilege>`
    : xml`<D:privilege>${elementOf(privilege)}</D:privilege>`;
}

function elementOf(privilege: Exclude<Privilege, 'read-free-busy'>): Xml {
  return new Xml(`<D:${privilege}/>`);
}

/** What must be known of a resource to tell what may be done with it. */
interface Held {
  readonly href: string;
  readonly privileges: Privileges;
}

/** The resource, or the refusal to answer where the privilege is not held (RFC 3744 §7.1.1). */
export function permit<R extends Held>(resource: R, privilege: Privilege): R | DavError {
  if (resource.privileges.has(privilege)) return resource;
  return refuse(
    preconditions.needPrivileges,
    `you lack the privilege "${privilege}" on "${resource.href}"`,
    xml`<D:resource><D:href>${resource.href}</D:href>${privilegeElement(privilege)}</D:resource>`,
  );
}

/** @throws DavError where the privilege is not held */
export function insist(resource: Held, privilege: Privilege): void {
  const permitted = permit(resource, privilege);
  if (permitted instanceof DavError) throw permitted;
}
