/** What the program's tables say, for the page and for the sections that refer to them. */

import { caldav } from '../../src/caldav/extension.ts';
import { preconditions as ofCalendars } from '../../src/caldav/preconditions.ts';
import { carddav } from '../../src/carddav/extension.ts';
import { preconditions as ofAddressBooks } from '../../src/carddav/preconditions.ts';
import { preconditions as common, type Precondition } from '../../src/dav/errors.ts';
import { namespaces, split } from '../../src/dav/names.ts';
import { assemble, type Extension } from '../../src/dav/protocol.ts';
import { existingTypes, type ResourceType } from '../../src/dav/resource.ts';
import { webdav } from '../../src/dav/webdav.ts';
import type { PropertyName } from '../../src/store/types.ts';
import type { Reference } from './sections.ts';

type Part = Pick<Extension, 'methods' | 'reports' | 'properties'>;

export interface Tables {
  readonly parts: readonly { readonly title: string; readonly part: Part }[];
  readonly preconditions: readonly Precondition[];
  /** Value of the DAV header. */
  readonly compliance: string;
}

/** @param extensions those that are served */
export function readTables(extensions: readonly Extension[] = [caldav, carddav]): Tables {
  const titles = { calendar: 'CalDAV', addressbook: 'CardDAV' };
  return {
    parts: [
      { title: 'WebDAV, access control and sync', part: webdav },
      ...extensions.map((part) => ({ title: titles[part.kind], part })),
    ],
    preconditions: [common, ofCalendars, ofAddressBooks].flatMap((rows) => Object.values(rows)),
    compliance: assemble(webdav, extensions).compliance,
  };
}

/** In words, what the tables hold under a name; undefined where there is no such row. */
export function lookUp(tables: Tables, reference: Reference, name: string): string | undefined {
  if (reference === 'precondition') {
    const found = tables.preconditions.find((row) => short(row.name) === name);
    return found && `status ${found.status}`;
  }
  const rows = tables.parts.flatMap(({ part }) => rowsOf(part, reference));
  const on = rows.filter((row) => row.name === name).flatMap((row) => row.on);
  return on.length > 0 ? `on ${types(on)}` : undefined;
}

function rowsOf(
  part: Part,
  reference: Exclude<Reference, 'precondition'>,
): readonly { readonly name: string; readonly on: readonly ResourceType[] }[] {
  if (reference === 'method') return part.methods;
  const rows = reference === 'property' ? part.properties : part.reports;
  return rows.map(({ name, on }) => ({ name: short(name), on }));
}

export function types(on: readonly ResourceType[]): string {
  if (existingTypes.every((type) => on.includes(type))) return 'everything';
  return on.join(', ');
}

/** `D:getetag`; a name outside of the fixed namespaces stays as it is. */
export function short(name: PropertyName): string {
  const { namespace, local } = split(name);
  const prefix = Object.entries(namespaces).find(([, uri]) => uri === namespace)?.[0];
  return prefix === undefined ? name : `${prefix}:${local}`;
}
