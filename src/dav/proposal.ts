import type { PropertyPatch } from '../store/types.ts';
import { DavError, preconditions, refuse } from './errors.ts';
import { element, type Xml } from './markup.ts';
import { propstat } from './multistatus.ts';
import { qname } from './names.ts';
import type { Protocol } from './protocol.ts';
import type { ResourceType } from './resource.ts';
import { child, type Element, toStored } from './xml.ts';

/** What a client proposes to do with properties: all of it happens, or nothing. */
export interface Proposal {
  readonly patch: PropertyPatch;
  readonly components: readonly string[] | undefined;
  readonly refused: readonly { readonly property: Element; readonly error: DavError }[];
  /** Everything asked for, in document order. */
  readonly properties: readonly Element[];
}

/**
 * Reads the `set` and `remove` instructions below `body` in document order and checks each against the rows of
 * `type`. Names without a row become dead properties.
 */
export function readProposal(
  body: Element | undefined,
  type: ResourceType,
  at: 'creation' | 'patch',
  protocol: Protocol,
): Proposal {
  const rows = protocol.properties(type);
  const patch: Record<string, PropertyPatch[keyof PropertyPatch]> = {};
  const refused: { property: Element; error: DavError }[] = [];
  const properties: Element[] = [];
  let components: readonly string[] | undefined;
  for (const { property, value } of instructions(body)) {
    properties.push(property);
    try {
      const row = rows.get(property.name);
      if (row && !row.set) {
        throw refuse(preconditions.cannotModifyProtectedProperty, `${property.name} is protected`);
      }
      const write = row?.set
        ? row.set(value, at)
        : { properties: { [property.name]: value && toStored(value) } };
      Object.assign(patch, write.properties);
      components = write.components ?? components;
    } catch (error) {
      if (!(error instanceof DavError)) throw error;
      refused.push({ property, error });
    }
  }
  return { patch, components, refused, properties };
}

/** Propstats of a proposal: all 200, or the refused ones with their status and 424 for the rest (RFC 4918 §9.2.1). */
export function proposalPropstats({ properties, refused }: Proposal): readonly Xml[] {
  const names = (list: readonly Element[]) => list.map((property) => element(property.name));
  if (refused.length === 0) return [propstat(names(properties), 200)];
  const others = properties.filter((property) => !refused.some((r) => r.property === property));
  return [
    ...refused.map(({ property, error }) => propstat(names([property]), error.status, error)),
    ...(others.length > 0 ? [propstat(names(others), 424)] : []),
  ];
}

function instructions(body: Element | undefined): readonly { property: Element; value: Element | null }[] {
  const all = [];
  for (const instruction of body?.children ?? []) {
    const removes = instruction.name === qname('D', 'remove');
    if (!removes && instruction.name !== qname('D', 'set')) continue;
    for (const property of child(instruction, qname('D', 'prop'))?.children ?? []) {
      all.push({ property, value: removes ? null : property });
    }
  }
  return all;
}
