import type { Catalog } from './catalog.ts';
import type { CollectionRecord } from './entries.ts';
import { nameOfFile } from './names.ts';

/** What `.collection.json` says, as far as it is what davd writes there. */
export interface Description {
  readonly id?: string;
  readonly name?: string;
  readonly components?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly protected?: boolean;
}

/** The content of `.collection.json`. */
export function describeCollection(catalog: Catalog, record: CollectionRecord): Buffer {
  const { id, kind, folder, components, properties, protected: kept, created } = record;
  const [binding] = catalog.bindingsOf(id);
  const name = binding?.name ?? nameOfFile(folder, '') ?? folder;
  return Buffer.from(
    `${JSON.stringify({ id, kind, name, components, properties, protected: kept, created }, null, 2)}\n`,
  );
}

/** Never throws: what is not as davd writes it is left out. */
export function readDescription(bytes: Uint8Array): Description {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { id, name, components, properties, protected: kept } = value as Record<string, unknown>;
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof name === 'string' && { name }),
    ...(Array.isArray(components) && { components: components.map(String) }),
    ...(typeof properties === 'object' && properties !== null && { properties: { ...properties } }),
    ...(typeof kept === 'boolean' && { protected: kept }),
  };
}
