import { qname } from '../names.ts';
import { type Exchange, type PropertyRow, property } from '../protocol.ts';
import { type Granted, holdsObjects, type ResourceOf } from '../resource.ts';

const limited = ['home', 'calendar', 'addressbook'] as const;

/** RFC 4331 §3, §4: octets of objects, and what the disk still has room for. */
export const quotaProperties: readonly PropertyRow[] = [
  property(qname('D', 'quota-used-bytes'), limited, used),
  property(qname('D', 'quota-available-bytes'), limited, (_, x) => x.access.available()),
];

async function used(resource: Granted<ResourceOf<(typeof limited)[number]>>, x: Exchange): Promise<number> {
  if (holdsObjects(resource)) return resource.collection.size;
  let octets = 0;
  for await (const page of x.access.children(resource)) {
    for (const child of page) if (holdsObjects(child)) octets += child.collection.size;
  }
  return octets;
}
