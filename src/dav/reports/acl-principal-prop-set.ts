import { DavError } from '../errors.ts';
import { hrefsIn, type Xml } from '../markup.ts';
import { multistatusOf, propertyResponse, propertyValue, readWanted } from '../multistatus.ts';
import { qname } from '../names.ts';
import { insist } from '../privileges.ts';
import { report } from '../protocol.ts';
import { existingTypes } from '../resource.ts';
import { demandDepth0 } from './depth.ts';

/** RFC 3744 §9.2: properties of the principals that the resource's DAV:acl names by URL, each once. */
export const aclPrincipalPropSet = report(
  qname('D', 'acl-principal-prop-set'),
  existingTypes,
  async (resource, body, x) => {
    demandDepth0(x);
    if ('user' in resource) insist(resource, 'read-acl');
    const wanted = readWanted(body, x);
    const responses: Xml[] = [];
    for (const href of new Set(hrefsIn(await propertyValue(qname('D', 'acl'), resource, x, undefined)))) {
      const principal = await x.access.reach(href, 'read');
      if (!(principal instanceof DavError)) responses.push(await propertyResponse(principal, wanted, x));
    }
    return multistatusOf(responses);
  },
);
