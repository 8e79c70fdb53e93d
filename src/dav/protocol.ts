import type { Preference } from '../http/prefer.ts';
import type { Reply, Req } from '../http/types.ts';
import type { Collection, Facts, Kind, Member, PropertyName, PropertyPatch, User } from '../store/types.ts';
import type { Access } from './access.ts';
import type { Precondition } from './errors.ts';
import { type Content, Xml } from './markup.ts';
import { remember } from './names.ts';
import type { Privilege } from './privileges.ts';
import type { Granted, Place, Resource, ResourceOf, ResourceType } from './resource.ts';
import type { Element } from './xml.ts';

/** What a handler has beside its resource: the request and everything that belongs to it. */
export interface Exchange {
  readonly req: Req;
  readonly user: User;
  readonly access: Access;
  readonly protocol: Protocol;
  readonly preferences: Preference;
  readonly limits: Limits;
  /** Canonical href of a place, with the base path and the prefix of this request. */
  href(place: Place): string;
  /** Logs what went wrong inside an answer that is already under way. */
  report(error: unknown, href: string): void;
  /** The request's XML body, undefined where it is empty. */
  xml(): Promise<Element | undefined>;
}

export interface Limits {
  /** Octets of an XML request body. */
  readonly xmlBytes: number;
  /** Octets of an object, by the kind of its collection. */
  readonly objectBytes: Readonly<Record<Kind, number>>;
}

/** A property that is stored with attributes or children: the whole element, not its content. */
export class WholeElement extends Xml {}

/** What setting a property does: stored properties, or a trait of the collection that is more than a property. */
export interface PropertyWrite {
  readonly properties?: PropertyPatch;
  /** Only while the collection is made. */
  readonly components?: readonly string[];
  /** Only while the collection is made: what it is to be besides a collection. */
  readonly types?: readonly PropertyName[];
}

/** One property (RFC 4918 §15 and the extensions). What is not in a table is a dead property. */
export interface PropertyRow {
  readonly name: PropertyName;
  readonly on: readonly ResourceType[];
  /** Part of allprop: only what RFC 4918 defines is (RFC 3744 §5.8 and others exclude theirs). */
  readonly allprop: boolean;
  /** Not listed by propname: it is data rather than a property (calendar-data). */
  readonly data: boolean;
  /** Looks at the element of a request before anything is answered. @throws DavError that refuses the request */
  readonly check: ((request: Element) => void) | undefined;
  /** Content of the element; undefined where this resource has none. `request` is the element of the request. */
  readonly get: (resource: Granted, x: Exchange, request: Element | undefined) => Content | Promise<Content>;
  /** Principals can be searched by the texts in it; what it is, in English (RFC 3744 §9.5). */
  readonly searchable: string | undefined;
  /** Absent: protected. Element null removes. @throws DavError if the value can't be set */
  readonly set: ((value: Element | null, at: 'creation' | 'patch') => PropertyWrite) | undefined;
}

/** One report (RFC 3253 §3.6). */
export interface ReportRow {
  readonly name: PropertyName;
  readonly on: readonly ResourceType[];
  /** Needed on the resource of the request URI. */
  readonly privilege: Privilege;
  readonly run: (resource: Granted, body: Element, x: Exchange) => Promise<Reply>;
}

/** One method. */
export interface MethodRow {
  readonly name: string;
  readonly on: readonly ResourceType[];
  /** Needed on the resource of the request URI. */
  readonly privilege: Privilege;
  /** The method also works where nothing is yet; then the user must be allowed to bind there. */
  readonly creates?: true;
  readonly run: (resource: Granted, x: Exchange) => Promise<Reply>;
}

/** How a collection looks as one file. */
export interface WholeCollection {
  readonly contentType: string;
  readonly write: (
    collection: Collection,
    objects: AsyncIterable<Uint8Array>,
  ) => AsyncIterable<string | Uint8Array>;
}

/** An object in another form than it is stored in. */
export interface Representation {
  readonly bytes: Uint8Array;
  /** Absent: that of the object as it is stored. */
  readonly contentType?: string;
  /** Clients hold its tag against getetag, which is strong: it is what they get who ask for nothing (RFC 4918 §15.6). */
  readonly usual?: true;
}

/** One kind of collection with its rules: CalDAV or CardDAV. */
export interface Extension {
  readonly kind: Kind;
  /** Tokens of the DAV header. */
  readonly compliance: readonly string[];
  /** Element of resourcetype. */
  readonly collectionType: PropertyName;
  /** Components of a collection made without naming any; empty for address books. */
  readonly defaultComponents: readonly string[];
  /** What names of objects end in. */
  readonly ending: '.ics' | '.vcf';
  /** getcontenttype of an object. */
  readonly contentType: (member: Member) => string;
  /** Facts of an object that may be stored in this collection. @throws DavError naming the precondition */
  readonly check: (
    bytes: Uint8Array,
    collection: Collection,
    contentType: string | undefined,
  ) => Facts | Promise<Facts>;
  readonly whole: WholeCollection;
  /** What is stored of a body in another form than objects are stored in; undefined where it is stored as sent. @throws DavError */
  readonly decode?: (bytes: Uint8Array, contentType: string | undefined) => Uint8Array | undefined;
  /** An object in the form that a reader asks for; undefined where that is how it is stored. */
  readonly represent?: (bytes: Uint8Array, req: Req) => Representation | undefined;
  /** Headers that `represent` looks at, for Vary. */
  readonly varies?: string;
  readonly maxResourceSize: Precondition;
  readonly noUidConflict: Precondition;
  /** Violated by a collection that would stand where none of its kind can. */
  readonly collectionLocationOk: Precondition;
  readonly properties: readonly PropertyRow[];
  readonly reports: readonly ReportRow[];
  readonly methods: readonly MethodRow[];
}

/** The tables, looked up by resource type. */
export interface Protocol {
  readonly extensions: readonly Extension[];
  extension(kind: Kind): Extension;
  readonly methods: ReadonlyMap<string, MethodRow>;
  properties(type: ResourceType): ReadonlyMap<PropertyName, PropertyRow>;
  /** Computed on some type of resource and settable on none: no client may keep a dead property of that name. */
  isProtected(name: PropertyName): boolean;
  /** Reports on a resource: in a home, only those of the extension whose home it is. */
  reports(resource: Resource): ReadonlyMap<PropertyName, ReportRow>;
  /** Value of the Allow header: what can be done with a resource of that type, or, without one, anywhere. */
  allow(type?: ResourceType): string;
  /** Value of the DAV header (RFC 4918 §10.1). */
  readonly compliance: string;
}

/** A row for a property that is computed and can't be set, unless `options` say otherwise. */
export function property<T extends ResourceType>(
  name: PropertyName,
  on: readonly T[],
  get: (
    resource: Granted<ResourceOf<T>>,
    x: Exchange,
    request: Element | undefined,
  ) => Content | Promise<Content>,
  options: {
    allprop?: boolean;
    data?: boolean;
    searchable?: string;
    check?: (request: Element) => void;
    set?: PropertyRow['set'];
  } = {},
): PropertyRow {
  remember(name);
  return {
    name,
    on,
    get: get as PropertyRow['get'],
    allprop: options.allprop ?? false,
    data: options.data ?? false,
    searchable: options.searchable,
    check: options.check,
    set: options.set,
  };
}

/** A row for a report on some types of resources. */
export function report<T extends ResourceType>(
  name: PropertyName,
  on: readonly T[],
  run: (resource: Granted<ResourceOf<T>>, body: Element, x: Exchange) => Promise<Reply>,
  options: { privilege?: Privilege } = {},
): ReportRow {
  return { name, on, privilege: options.privilege ?? 'read', run: run as ReportRow['run'] };
}

/** A row for a method on some types of resources. */
export function method<T extends ResourceType>(
  name: string,
  on: readonly T[],
  privilege: Privilege,
  run: (resource: Granted<ResourceOf<T>>, x: Exchange) => Promise<Reply>,
  options: { creates?: true } = {},
): MethodRow {
  return { name, on, privilege, run: run as MethodRow['run'], ...options };
}

/** Builds the lookups from the tables of WebDAV and the enabled extensions. */
export function assemble(
  common: Pick<Extension, 'compliance' | 'properties' | 'reports' | 'methods'>,
  extensions: readonly Extension[],
): Protocol {
  const parts = [common, ...extensions];
  const methods = new Map(parts.flatMap((part) => part.methods).map((row) => [row.name, row]));
  const rows = parts.flatMap((part) => part.properties);
  const properties = byType(rows);
  const settable = new Set(rows.filter((row) => row.set).map((row) => row.name));
  const computed = new Set(rows.filter((row) => !settable.has(row.name)).map((row) => row.name));
  const reports = byType(parts.flatMap((part) => part.reports));
  const inHome = new Map(
    extensions.map((extension) => {
      const rows = [...common.reports, ...extension.reports].filter((row) => row.on.includes('home'));
      return [extension.kind, new Map(rows.map((row) => [row.name, row]))];
    }),
  );
  const allow = new Map<ResourceType | undefined, string>();
  return {
    extensions,
    extension(kind) {
      const found = extensions.find((e) => e.kind === kind);
      if (!found) throw new Error(`the ${kind} extension is switched off`);
      return found;
    },
    methods,
    properties: (type) => properties.get(type) ?? none,
    isProtected: (name) => computed.has(name),
    reports: (resource) =>
      (resource.type === 'home' ? inHome.get(resource.home.kind) : reports.get(resource.type)) ?? none,
    allow(type) {
      let value = allow.get(type);
      if (value === undefined) {
        value = Array.from(methods.values())
          .filter((row) => type === undefined || row.on.includes(type))
          .map((row) => row.name)
          .join(', ');
        allow.set(type, value);
      }
      return value;
    },
    compliance: parts.flatMap((part) => part.compliance).join(', '),
  };
}

const none: ReadonlyMap<PropertyName, never> = new Map<PropertyName, never>();

function byType<R extends PropertyRow | ReportRow>(
  rows: readonly R[],
): Map<ResourceType, Map<PropertyName, R>> {
  const tables = new Map<ResourceType, Map<PropertyName, R>>();
  for (const row of rows) {
    for (const type of row.on) {
      const table = tables.get(type) ?? new Map<PropertyName, R>();
      table.set(row.name, row);
      tables.set(type, table);
    }
  }
  return tables;
}
