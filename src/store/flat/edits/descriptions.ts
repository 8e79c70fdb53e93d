import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Fault } from '../../trouble.ts';
import type { Properties, PropertyPatch } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import { type Description, readDescription } from '../description.ts';
import type { Disk } from '../disk.ts';
import type { Folders } from '../folders.ts';
import type { Mirror } from '../mirror.ts';
import type { InnerChange } from '../plan.ts';
import type { Sight } from './sight.ts';
import type { Troubles } from './troubles.ts';
import { readAsSeen } from './written.ts';

export interface DescriptionsParts {
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly troubles: Troubles;
  /** @throws Refusal */
  readonly commit: (changes: readonly InnerChange[]) => Promise<unknown>;
}

/** Takes over what people wrote into .collection.json. */
export class Descriptions {
  readonly #parts: DescriptionsParts;

  constructor(parts: DescriptionsParts) {
    this.#parts = parts;
  }

  /** @returns the file's path where the collection was changed. @throws Refusal */
  async take(sight: Sight): Promise<string | undefined> {
    const { disk, catalog, folders, mirror, troubles } = this.#parts;
    const collection = catalog.collections.get(sight.collection);
    const folder = folders.of(sight.collection);
    if (!collection || folder === undefined || mirror.describes(sight.collection)) return undefined;
    const whole = path.join(folder, sight.file);
    const bytes = await readAsSeen(disk, whole, sight.print);
    if (bytes === 'other') return undefined;
    const fault = bytes instanceof Uint8Array ? faultOf(collection, bytes) : bytes;
    if (fault) troubles.report(sight, fault);
    if (fault || !(bytes instanceof Uint8Array)) return undefined;
    troubles.clear(sight.collection, sight.file);
    // It is written again in any case: nicely, and with what can't be changed as it is.
    collection.left = sight.print;
    const set = patchOf(collection, readDescription(bytes));
    if (set === undefined) mirror.touchCollection(sight.collection);
    else await this.#parts.commit([set]);
    return set && whole;
  }
}

function faultOf({ record }: CollectionState, bytes: Uint8Array): Fault | undefined {
  const text = Buffer.from(bytes).toString();
  try {
    JSON.parse(text);
  } catch (error) {
    // V8 ends its sentence with "(line 3 column 5)", unless it is the end that is missing.
    const [, at] = /\(line (\d+) column \d+\)$/.exec(String(error)) ?? [];
    const line = at === undefined ? text.trimEnd().split('\n').length : Number(at);
    return { line, what: `line ${line} is no JSON` };
  }
  const { id } = readDescription(bytes);
  if (id === record.id) return undefined;
  const what = id === undefined ? 'it has no "id"' : `its "id" is another collection's`;
  return { line: null, what: `${what}: this one's is "${record.id}"` };
}

/** undefined where nothing changes. */
function patchOf({ record }: CollectionState, found: Description): InnerChange | undefined {
  const { id, components, properties, protected: kept } = record;
  const wanted = propertiesOf(found);
  const gone = Object.keys(properties).filter((name) => !Object.hasOwn(wanted, name));
  const fresh = Object.entries(wanted).filter(
    ([name, value]) => !isDeepStrictEqual(value, properties[name as keyof Properties]),
  );
  const set = Object.fromEntries([...gone.map((name) => [name, null]), ...fresh]) as PropertyPatch;
  const other = found.components !== undefined && !isDeepStrictEqual(found.components, components);
  const guarded = found.protected !== undefined && found.protected !== kept;
  if (Object.keys(set).length === 0 && !other && !guarded) return undefined;
  return {
    do: 'patch',
    target: { of: 'collection', collection: id },
    set,
    components: found.components ?? components,
    protected: found.protected ?? kept,
  };
}

/** The properties of a description, as far as they are some. */
export function propertiesOf({ properties = {} }: Description): Properties {
  const kept = Object.entries(properties).filter(
    ([name, value]) => /^\{.*\}./.test(name) && (typeof value === 'string' || isXml(value)),
  );
  return Object.fromEntries(kept) as Properties;
}

function isXml(value: unknown): value is { readonly xml: string } {
  return typeof value === 'object' && value !== null && 'xml' in value && typeof value.xml === 'string';
}
