import type { Reply } from '../../http/types.ts';
import * as change from '../allowed-change.ts';
import { readExpect } from '../conditions.ts';
import { refuse } from '../errors.ts';
import { xml } from '../markup.ts';
import { multistatusOf } from '../multistatus.ts';
import { qname } from '../names.ts';
import { proposalPropstats, readProposal } from '../proposal.ts';
import { method } from '../protocol.ts';

const patchable = [
  'principal',
  'home',
  'calendar',
  'addressbook',
  'calendar-object',
  'address-object',
] as const;

/** RFC 4918 §9.2; with return=minimal a full success has no body (RFC 8144 §2.2). */
export const proppatch = method(
  'PROPPATCH',
  patchable,
  'write-properties',
  async (resource, x): Promise<Reply> => {
    const body = await x.xml();
    if (body?.name !== qname('D', 'propertyupdate')) {
      throw refuse(400, 'the body of a PROPPATCH is a DAV:propertyupdate element');
    }
    const proposal = readProposal(body, resource.type, 'patch', x.protocol);
    if (proposal.refused.size === 0)
      await x.access.commit([change.patchProperties(resource, proposal.patch, readExpect(x.req))]);
    if (proposal.refused.size === 0 && x.preferences.minimal) return { status: 200, headers: {} };
    const propstats = proposalPropstats(proposal);
    return multistatusOf([xml`<D:response><D:href>${resource.href}</D:href>${propstats}</D:response>`]);
  },
);
