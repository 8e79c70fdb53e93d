import type { PropertyName } from '../../store/types.ts';
import type { Content } from '../markup.ts';
import { type PropertyRow, property, WholeElement } from '../protocol.ts';
import { type Granted, type ResourceOf, type ResourceType, storedProperties } from '../resource.ts';
import { type Element, fromStored, toStored } from '../xml.ts';

/** The setter of a property that is kept as the client sent it, after `check` has found nothing wrong with it. */
export function stored(
  name: PropertyName,
  check?: (value: Element) => void,
): NonNullable<PropertyRow['set']> {
  return (value) => {
    if (value) check?.(value);
    return { properties: { [name]: value && toStored(value) } };
  };
}

/** A property that is kept as sent; `otherwise` is its value while it was never set. */
export function storedProperty<T extends ResourceType>(
  name: PropertyName,
  on: readonly T[],
  options: {
    check?: (value: Element) => void;
    otherwise?: (resource: Granted<ResourceOf<T>>) => Content;
  } = {},
): PropertyRow {
  return property(
    name,
    on,
    (resource) => {
      const value = storedProperties(resource)[name];
      if (value === undefined) return options.otherwise?.(resource);
      return typeof value === 'string' ? value : new WholeElement(fromStored(name, value).text);
    },
    { set: stored(name, options.check) },
  );
}
