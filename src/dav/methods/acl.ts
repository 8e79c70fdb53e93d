import { DavError, preconditions, refuse } from '../errors.ts';
import { qname } from '../names.ts';
import { pathOf } from '../paths.ts';
import { isPrivilege } from '../privileges.ts';
import { type Exchange, method } from '../protocol.ts';
import { existingTypes } from '../resource.ts';
import { child, childrenOf, type Element } from '../xml.ts';

const D = (local: string) => qname('D', local);

/**
 * RFC 3744 §8.1. Aces follow from who owns what, so all of them are protected and none can be added: a list without
 * any is what there is already, any other is refused by the condition that it violates.
 */
export const acl = method('ACL', existingTypes, 'read', async (resource, x) => {
  const body = await x.xml();
  if (body?.name !== D('acl')) throw refuse(400, 'the body of an ACL request is a DAV:acl element');
  const aces = childrenOf(body, D('ace'));
  for (const ace of aces) await checkAce(ace, x);
  if (aces.length > 0) {
    throw refuse(preconditions.noAceConflict, `access to "${resource.href}" can't be given to others`);
  }
  return { status: 200, headers: {} };
});

/** @throws DavError for what no resource here would take (RFC 3744 §8.1.1) */
async function checkAce(ace: Element, x: Exchange): Promise<void> {
  if (child(ace, D('deny'))) throw refuse(preconditions.grantOnly, 'an ace can only grant');
  if (child(ace, D('invert'))) throw refuse(preconditions.noInvert, "an ace can't be inverted");
  const privileges = childrenOf(child(ace, D('grant')), D('privilege')).flatMap((one) => one.children);
  const unknown = privileges.find(({ name }) => !isPrivilege(name));
  if (unknown) throw refuse(preconditions.notSupportedPrivilege, `there is no privilege ${unknown.name}`);
  const href = child(child(ace, D('principal')), D('href'));
  const principal = href && (await x.access.reach(pathOf(href.text), 'read'));
  if (principal && (principal instanceof DavError || principal.type !== 'principal')) {
    throw refuse(preconditions.recognizedPrincipal, `"${href.text}" is no principal`);
  }
}
