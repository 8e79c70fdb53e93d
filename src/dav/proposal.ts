import type { PropertyName, PropertyPatch } from '../store/types.ts';
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
  /** What a new collection is to be besides a collection; empty where the request doesn't say. */
  readonly types: readonly PropertyName[];
  /** What can't be done, and why. */
  readonly refused: ReadonlyMap<PropertyName, DavError>;
  /** Everything asked for, in document order; each name once, as it stands once in the answer. */
  readonly names: ReadonlySet<PropertyName>;
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
  const refused = new Map<PropertyName, DavError>();
  const names = new Set<PropertyName>();
  let components: readonly string[] | undefined;
  let types: readonly PropertyName[] = [];
  for (const { property, value } of instructions(body)) {
    names.add(property.name);
    try {
      const row = rows.get(property.name);
      if (row ? !row.set : protocol.isProtected(property.name)) {
        throw refuse(preconditions.cannotModifyProtectedProperty, `${property.name} is protected`);
      }
      const write = row?.set
        ? row.set(value, at)
        : { properties: { [property.name]: value && toStored(value) } };
      Object.assign(patch, write.properties);
      components = write.components ?? components;
      types = write.types ?? types;
    } catch (error) {
      if (!(error instanceof DavError)) throw error;
      refused.set(property.name, error);
    }
  }
  return { patch, components, types, refused, names };
}

/** Propstats of a proposal: all 200, or the refused ones with their status and 424 for the rest (RFC 4918 §9.2.1). */
export function proposalPropstats({ names, refused }: Proposal): readonly Xml[] {
  const elements = (list: Iterable<PropertyName>) => Array.from(list, (name) => element(name));
  if (refused.size === 0) return [propstat(elements(names), 200)];
  const others = [...names].filter((name) => !refused.has(name));
  return [
    ...Array.from(refused, ([name, error]) => propstat(elements([name]), error.status, error)),
    ...(others.length > 0 ? [propstat(elements(others), 424)] : []),
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
