import type { FlatStore } from '../../src/store/flat/open.ts';
import type { PastVersion } from '../../src/store/history.ts';
import { type Model, placesOf, withObject } from './crash-model.ts';
import type { Random } from './random.ts';
import { type Step, uidOf } from './workload.ts';

interface Version {
  readonly collection: string;
  readonly name: string;
  readonly version: PastVersion;
}

/** A version of the past is stored again; undefined where none can be. */
export async function recalled(store: FlatStore, model: Model, random: Random): Promise<Step | undefined> {
  const one = random.pick(await keptVersions(store));
  const place = one && placesOf(model).find(({ collection }) => collection.id === one.collection);
  const bytes = one && (await bytesOf(store, one.version));
  if (!one || !place || !bytes) return undefined;
  const text = Buffer.from(bytes).toString();
  const holder = [...place.collection.members].find(([, other]) => uidOf(other.text) === uidOf(text))?.[0];
  if (holder !== undefined && holder !== one.name) return undefined;
  const { collection, name, version } = one;
  return {
    changes: [{ do: 'recall', collection, name, version }],
    after: withObject(model, place, name, { text, properties: version.properties }),
    mayFail: true,
  };
}

async function keptVersions(store: FlatStore): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const commits of store.history()) {
    for (const change of commits.flatMap(({ changes }) => changes)) {
      if (change.of !== 'member') continue;
      const { collection, name, before, after } = change;
      for (const version of [before, after]) if (version?.kept) versions.push({ collection, name, version });
    }
  }
  return versions;
}

async function bytesOf(store: FlatStore, version: PastVersion): Promise<Uint8Array | undefined> {
  for await (const [bytes] of store.versions([version])) return bytes;
  return undefined;
}
