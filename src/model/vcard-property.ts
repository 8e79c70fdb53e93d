import type { Param } from './contentline.ts';

/** A property on its way from one version of vCard to the other; every ContentLine is one. */
export interface Property {
  readonly group: string | null;
  /** Compared in upper case. */
  readonly name: string;
  readonly params: readonly Param[];
  /** Raw, as in its version. */
  readonly value: string;
}

/**
 * Says a property in the other version. The very same object comes back where nothing has to change, null where the
 * other version has no way to say it.
 */
export type Translate = (property: Property) => Property | null;

/** The last value of a parameter. */
export function paramOf(property: Property, name: string): string | undefined {
  return property.params.findLast((param) => param.name === name)?.values.at(-1);
}

export function withoutParams(property: Property, ...names: string[]): Property {
  if (!property.params.some((param) => names.includes(param.name))) return property;
  return { ...property, params: property.params.filter((param) => !names.includes(param.name)) };
}

export function withParam(property: Property, name: string, ...values: string[]): Property {
  return { ...property, params: [...property.params, { name, values }] };
}
