import type { PropertyName } from '../../store/types.ts';
import { type Content, hrefs, type Xml, xml } from '../markup.ts';
import { qname } from '../names.ts';
import {
  byAccess,
  type Privileges,
  privilegeElement,
  privilegeElements,
  publicPrivileges,
} from '../privileges.ts';
import { type Exchange, type PropertyRow, property } from '../protocol.ts';
import { collectionTypes, existingTypes, type Granted, objectTypes } from '../resource.ts';

const D = (local: string): PropertyName => qname('D', local);
const owned = ['principal', 'home', 'calendar', 'addressbook', ...objectTypes] as const;

/** RFC 3744 §4 and §5, RFC 5397 */
export const aclProperties: readonly PropertyRow[] = [
  property(D('current-user-principal'), existingTypes, (_, x) => hrefs([principalHref(x, x.user.name)])),
  // RFC 3744 §4.2 has it on principals; Apple's account set-up asks any first URL for it.
  property(D('principal-URL'), collectionTypes, (r, x) =>
    hrefs([principalHref(x, r.type === 'principal' ? r.user.name : x.user.name)]),
  ),
  property(D('alternate-URI-set'), ['principal'], () => []),
  property(D('group-member-set'), ['principal'], () => []),
  property(D('group-membership'), ['principal'], () => []),
  property(D('owner'), owned, (r, x) => hrefs([principalHref(x, r.user.name)])),
  property(D('group'), owned, () => []),
  property(D('current-user-privilege-set'), existingTypes, (r) => privilegeElements(r.privileges)),
  property(D('supported-privilege-set'), existingTypes, () => [supportedPrivileges]),
  property(D('acl'), existingTypes, acl),
  property(D('acl-restrictions'), existingTypes, () => xml`<D:grant-only/><D:no-invert/>`),
  property(D('inherited-acl-set'), existingTypes, () => []),
  property(D('principal-collection-set'), existingTypes, (_, x) => hrefs([x.href({ type: 'principals' })])),
];

function principalHref(x: Exchange, user: string): string {
  return x.href({ type: 'principal', user });
}

/** RFC 3744 §5.5: nobody can edit aces, so all are protected. Only who may read them does (§3.6). */
function acl(resource: Granted, x: Exchange): readonly Xml[] | undefined {
  if (!('user' in resource)) return [ace(xml`<D:authenticated/>`, publicPrivileges)];
  if (!resource.privileges.has('read-acl')) return undefined;
  return [ace(hrefs([principalHref(x, resource.user.name)]), byAccess.owner)];
}

function ace(principal: Content, privileges: Privileges): Xml {
  const granted = privilegeElements(privileges);
  return xml`<D:ace><D:principal>${principal}</D:principal><D:grant>${granted}</D:grant><D:protected/></D:ace>`;
}

/** RFC 3744 §5.3, RFC 4791 §6.1.1: the tree that `write`, `read` and `all` aggregate. */
const supportedPrivileges: Xml = supported('all', 'Everything', [
  supported('read', 'Read', [
    supported('read-current-user-privilege-set', "Read one's own privileges"),
    supported('read-free-busy', 'Read when somebody is busy'),
  ]),
  supported('write', 'Write', [
    supported('write-properties', 'Change properties'),
    supported('write-content', 'Change objects'),
    supported('bind', 'Add objects or collections'),
    supported('unbind', 'Remove objects or collections'),
  ]),
  supported('unlock', 'Remove locks of others'),
  supported('read-acl', 'Read access rights'),
]);

function supported(
  privilege: Parameters<typeof privilegeElement>[0],
  text: string,
  parts: readonly Xml[] = [],
): Xml {
  return xml`<D:supported-privilege>${privilegeElement(privilege)}<D:description xml:lang="en">${text}</D:description>${parts}</D:supported-privilege>`;
}
