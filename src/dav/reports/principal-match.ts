import type { Reply } from '../../http/types.ts';
import { DavError, refuse } from '../errors.ts';
import { hrefsIn, type Xml } from '../markup.ts';
import { multistatus, propertyResponse, propertyValue, readWanted, statusResponse } from '../multistatus.ts';
import { qname } from '../names.ts';
import { pathOf } from '../paths.ts';
import { type Exchange, report } from '../protocol.ts';
import { collectionTypes, type Granted } from '../resource.ts';
import { child, type Element } from '../xml.ts';
import { demandDepth0 } from './depth.ts';

type Test = (resource: Granted) => boolean | Promise<boolean>;

/**
 * RFC 3744 §9.3: the members, at any depth, that are the current user's principal, or whose property names it. There
 * are no groups that a user could match by being a member.
 */
export const principalMatch = report(
  qname('D', 'principal-match'),
  collectionTypes,
  async (resource, body, x): Promise<Reply> => {
    demandDepth0(x);
    const test = readTest(body, x);
    const wanted = child(body, qname('D', 'prop')) && readWanted(body, x);
    async function* responses(): AsyncIterable<Xml> {
      for await (const page of x.access.descendants(resource)) {
        for (const member of page) {
          if (!(await test(member))) continue;
          yield wanted ? await propertyResponse(member, wanted, x) : statusResponse(member.href, 200);
        }
      }
    }
    return multistatus(responses());
  },
);

function readTest(body: Element, x: Exchange): Test {
  if (child(body, qname('D', 'self'))) return isMine(x);
  const [named] = child(body, qname('D', 'principal-property'))?.children ?? [];
  if (!named)
    throw refuse(400, 'a DAV:principal-match needs a DAV:self, or a DAV:principal-property that names one');
  return async (member) => {
    const value = await propertyValue(named.name, member, x, undefined);
    for (const href of hrefsIn(value)) {
      const target = await x.access.reach(pathOf(href), 'read');
      if (!(target instanceof DavError) && isMine(x)(target)) return true;
    }
    return false;
  };
}

function isMine({ user }: Exchange): (resource: Granted) => boolean {
  return (resource) => resource.type === 'principal' && resource.user.id === user.id;
}
