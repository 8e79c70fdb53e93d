import type { PropertyName } from '../../store/types.ts';
import { refuse } from '../errors.ts';
import { activeLocks, isLockable, lockEntries, slotOf } from '../locks.ts';
import { type Content, element, hrefs, type Xml, xml } from '../markup.ts';
import { qname } from '../names.ts';
import { type Exchange, type PropertyRow, property } from '../protocol.ts';
import {
  collectionTypes,
  existingTypes,
  type Granted,
  isObject,
  objectTypes,
  type ResourceOf,
} from '../resource.ts';
import { storedText } from '../xml.ts';
import { stored } from './stored.ts';

const D = (local: string): PropertyName => qname('D', local);
const timed = ['calendar', 'addressbook', ...objectTypes] as const;

/** RFC 4918 §15 */
export const webdavProperties: readonly PropertyRow[] = [
  property(D('resourcetype'), existingTypes, resourcetype, {
    allprop: true,
    set: (value, at) => {
      if (at === 'creation' && value) {
        return { types: value.children.map(({ name }) => name).filter((name) => name !== D('collection')) };
      }
      throw refuse(403, 'the type of a resource can only be given when it is made');
    },
  }),
  property(D('displayname'), collectionTypes, displayName, {
    allprop: true,
    searchable: 'Display name',
    set: stored(D('displayname')),
  }),
  property(D('creationdate'), timed, (r) => new Date(timesOf(r).created).toISOString().replace(/\.\d+/, ''), {
    allprop: true,
  }),
  property(D('getlastmodified'), timed, (r) => new Date(timesOf(r).modified).toUTCString(), {
    allprop: true,
  }),
  property(D('getcontentlength'), objectTypes, (r) => r.member.size, { allprop: true }),
  property(
    D('getcontenttype'),
    objectTypes,
    (r, x) => x.protocol.extension(r.collection.kind).contentType(r.member),
    {
      allprop: true,
    },
  ),
  property(D('getetag'), objectTypes, (r) => `"${r.member.etag}"`, { allprop: true }),
  property(D('supportedlock'), existingTypes, (r) => (isLockable(r) ? lockEntries : ''), { allprop: true }),
  property(D('lockdiscovery'), existingTypes, lockDiscovery, { allprop: true }),
];

/** RFC 5995 §3.2.1: objects are posted to the collection itself. */
export const addMember: PropertyRow = property(D('add-member'), ['calendar', 'addressbook'], (r) =>
  hrefs([r.href]),
);

/** RFC 3253 §3.1.5 */
export const supportedReportSet: PropertyRow = property(D('supported-report-set'), existingTypes, (r, x) =>
  Array.from(
    x.protocol.reports(r).keys(),
    (name) => xml`<D:supported-report><D:report>${element(name)}</D:report></D:supported-report>`,
  ),
);

function resourcetype(resource: Granted, x: Exchange): readonly Xml[] {
  if (isObject(resource)) return [];
  const collection = xml`<D:collection/>`;
  if (resource.type === 'principal') return [collection, xml`<D:principal/>`];
  if (resource.type === 'calendar' || resource.type === 'addressbook') {
    return [collection, element(x.protocol.extension(resource.type).collectionType)];
  }
  return [collection];
}

async function lockDiscovery(resource: Granted, x: Exchange): Promise<Content> {
  const slot = isLockable(resource) ? slotOf(resource) : undefined;
  return slot && isLockable(resource) ? activeLocks(await x.access.locks(resource), slot.href) : '';
}

function displayName(resource: Granted<ResourceOf<(typeof collectionTypes)[number]>>): Content {
  switch (resource.type) {
    case 'root':
      return 'davd';
    case 'principals':
      return 'Principals';
    case 'homes':
      return resource.kind === 'calendar' ? 'Calendars' : 'Address books';
    case 'principal':
      return storedText(resource.user.properties[D('displayname')])?.trim() || resource.user.displayName;
    case 'home':
      return storedText(resource.home.properties[D('displayname')]) ?? resource.user.displayName;
    default:
      // A blank name is shown as nothing by clients: the last path segment serves then.
      return storedText(resource.collection.properties[D('displayname')])?.trim() || resource.collection.name;
  }
}

function timesOf(resource: Granted<ResourceOf<(typeof timed)[number]>>): {
  created: number;
  modified: number;
} {
  return isObject(resource) ? resource.member : resource.collection;
}
