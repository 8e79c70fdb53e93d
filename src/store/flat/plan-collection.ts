import type {
  Change,
  CollectionId,
  HomeView,
  Outcome,
  Properties,
  PropertyPatch,
  Target,
  User,
} from '../types.ts';
import type { Binding, CollectionRecord } from './entries.ts';
import { fileNameOf, fold, HASHED } from './names.ts';
import { type Plan, requireName } from './plan.ts';
import { dropLocks } from './plan-lock.ts';
import { expect } from './plan-object.ts';

type ChangeOf<D extends Change['do']> = Extract<Change, { do: D }>;

export function planCollectionChange(
  plan: Plan,
  change: ChangeOf<
    | 'create-collection'
    | 'remove-collection'
    | 'restore-collection'
    | 'rename-collection'
    | 'copy-collection'
    | 'patch'
  >,
): Outcome {
  switch (change.do) {
    case 'create-collection':
      return planCreate(plan, change);
    case 'remove-collection':
      return planRemove(plan, change);
    case 'restore-collection':
      return planRestore(plan, change);
    case 'rename-collection':
      return planRename(plan, change);
    case 'copy-collection':
      return planCopy(plan, change);
    case 'patch':
      return planPatch(plan, change);
  }
}

/** @param adopted id, and perhaps folder, that the collection already has. */
export function planCreate(
  plan: Plan,
  change: ChangeOf<'create-collection'>,
  adopted?: { readonly id: CollectionId; readonly folder?: string },
): Outcome {
  const { draft, setting } = plan;
  const { user, kind, name } = change;
  requireName(plan, name);
  if (!draft.user(user)) plan.refuse('absent');
  if (draft.binding(change, name)) plan.refuse('exists');
  const id = adopted?.id ?? setting.newId();
  plan.add({
    set: 'collection',
    collection: {
      id,
      owner: user,
      kind,
      folder: adopted?.folder ?? folderOf(plan, change, name, id),
      components: change.components,
      properties: change.properties,
      protected: change.protected ?? false,
      created: setting.time,
      modified: setting.time,
    },
  });
  const seq = draft.nextHomeSeq(change);
  bind(plan, change, { name, collection: id, access: 'owner', properties: {}, order: seq });
  return { created: true };
}

function planRemove(plan: Plan, change: ChangeOf<'remove-collection'>): Outcome {
  const { draft } = plan;
  const bound = draft.binding(change, change.name) ?? plan.refuse('absent');
  const record = draft.collection(bound.binding.collection);
  if (record?.owner === change.user) trash(plan, record);
  else unbind(plan, change, change.name);
  return { created: false };
}

/**
 * The collection goes, with every name it has in a home; its folder goes to the trash as it is.
 * @param user the owner, who goes with it.
 */
export function trash(plan: Plan, record: CollectionRecord, user?: User): void {
  dropLocks(plan, record.id, null);
  const places = plan.draft.bindingsOf(record.id);
  const own = places.find((place) => place.user === record.owner);
  const bound = own && plan.draft.binding(own, own.name)?.binding;
  for (const place of places) unbind(plan, place, place.name);
  const { name, order, properties } = bound ?? { name: record.folder, order: 0, properties: {} };
  const from = { name, order, properties, ...(user && { user }) };
  plan.add({ set: 'collection', collection: { ...record, trashed: plan.setting.time, from } });
}

function planRestore(plan: Plan, { collection, name }: ChangeOf<'restore-collection'>): Outcome {
  const record = plan.draft.trashed(collection) ?? plan.refuse('absent');
  if (!plan.draft.user(record.owner)) plan.refuse('absent');
  if (name !== undefined) requireName(plan, name);
  putBack(plan, record, name);
  return { created: true };
}

/**
 * The collection is back, with all that was in it, under the name its owner had for it unless another is given.
 * Refused 'exists' where that is taken.
 */
export function putBack(plan: Plan, { trashed: _, from, ...record }: CollectionRecord, other?: string): void {
  const home = { user: record.owner, kind: record.kind };
  const { name: before, order, properties } = from ?? { name: record.folder, order: 0, properties: {} };
  const name = other ?? before;
  if (plan.draft.binding(home, name)) plan.refuse('exists', name);
  const keepsFolder = other === undefined && !isFolderTaken(plan, home, record.folder, record.id);
  const folder = keepsFolder ? record.folder : folderOf(plan, home, name, record.id);
  plan.add({ set: 'collection', collection: { ...record, folder } });
  bind(plan, home, { name, collection: record.id, access: 'owner', properties, order });
}

function planRename(plan: Plan, change: ChangeOf<'rename-collection'>): Outcome {
  const { draft } = plan;
  const { binding } = draft.binding(change, change.name) ?? plan.refuse('absent');
  requireName(plan, change.to);
  if (change.to === change.name) return { created: false };
  if (draft.binding(change, change.to)) plan.refuse('exists');
  unbind(plan, change, change.name);
  const record = draft.collection(binding.collection);
  if (record?.owner === change.user) {
    dropLocks(plan, record.id, null);
    plan.add({
      set: 'collection',
      collection: { ...record, folder: folderOf(plan, change, change.to, record.id) },
    });
  }
  bind(plan, change, { ...binding, name: change.to });
  return { created: false };
}

/** A copy of an object says where the bytes of the original are, so it costs a line whatever its size. */
function planCopy(plan: Plan, change: ChangeOf<'copy-collection'>): Outcome {
  const { draft, setting } = plan;
  const { user, kind, name, to, members } = change;
  const { binding } = draft.binding(change, name) ?? plan.refuse('absent');
  const source = draft.collection(binding.collection) ?? plan.refuse('absent');
  const id = setting.newId();
  const properties = { ...source.properties, ...binding.properties };
  const { components } = source;
  planCreate(plan, { do: 'create-collection', user, kind, name: to, components, properties }, { id });
  for (const member of members ? draft.memberNames(source.id) : []) {
    const original = draft.member(source.id, member);
    if (!original) continue;
    const { facts, properties: own, file, etag, size, at } = original;
    const { time } = setting;
    const stored = { seq: draft.nextSeq(id), etag, size, at, created: time, modified: time };
    plan.add(
      {
        set: 'member',
        in: id,
        name: member,
        ...stored,
        ...(own && { properties: own }),
        ...(file && { file }),
      },
      facts,
    );
  }
  return { created: true };
}

function planPatch(plan: Plan, change: ChangeOf<'patch'>): Outcome {
  const { target } = change;
  switch (target.of) {
    case 'user': {
      const record = plan.draft.user(target.user) ?? plan.refuse('absent');
      const properties = patched(record.user.properties, change.set);
      plan.add({ set: 'user', ...record, user: { ...record.user, properties } });
      break;
    }
    case 'home': {
      const record = plan.draft.user(target.user) ?? plan.refuse('absent');
      const home = record.homes[target.kind];
      const homes = {
        ...record.homes,
        [target.kind]: { ...home, properties: patched(home.properties, change.set) },
      };
      plan.add({ set: 'user', ...record, homes });
      break;
    }
    case 'binding': {
      const { binding } = plan.draft.binding(target, target.name) ?? plan.refuse('absent');
      bind(plan, target, { ...binding, properties: patched(binding.properties, change.set) });
      break;
    }
    case 'collection':
      patchCollection(plan, target.collection, change);
      break;
    case 'member':
      patchMember(plan, target, change);
      break;
  }
  return { created: false };
}

function patchCollection(plan: Plan, id: CollectionId, change: ChangeOf<'patch'>): void {
  const record = plan.draft.collection(id) ?? plan.refuse('absent');
  plan.add({
    set: 'collection',
    collection: {
      ...record,
      properties: patched(record.properties, change.set),
      components: change.components ?? record.components,
      protected: change.protected ?? record.protected,
      modified: plan.setting.time,
    },
  });
  // Each home that shows the collection tells its clients (RFC 6578 on the home).
  for (const place of plan.draft.bindingsOf(id)) {
    const bound = plan.draft.binding(place, place.name);
    if (bound) bind(plan, place, bound.binding);
  }
}

function patchMember(
  plan: Plan,
  target: Extract<Target, { of: 'member' }>,
  { set, expect: expected }: ChangeOf<'patch'>,
): void {
  const { draft } = plan;
  const { collection, name } = target;
  const member = draft.collection(collection) && draft.member(collection, name);
  expect(plan, member, expected);
  if (!member) plan.refuse('absent');
  const { facts, properties, ...stored } = member;
  const fresh = patched(properties ?? {}, set);
  plan.add(
    {
      set: 'member',
      in: collection,
      name,
      seq: draft.nextSeq(collection),
      etag: stored.etag,
      size: stored.size,
      at: stored.at,
      created: stored.created,
      modified: stored.modified,
      ...(Object.keys(fresh).length > 0 && { properties: fresh }),
      ...(stored.file !== undefined && { file: stored.file }),
    },
    facts,
  );
}

function bind(plan: Plan, { user, kind }: HomeView, binding: Binding): void {
  const { name, collection, access, properties, order } = binding;
  const seq = plan.draft.nextHomeSeq({ user, kind });
  plan.add({ set: 'binding', user, kind, seq, binding: { name, collection, access, properties, order } });
}

function unbind(plan: Plan, { user, kind }: HomeView, name: string): void {
  plan.add({ set: 'unbound', user, kind, seq: plan.draft.nextHomeSeq({ user, kind }), name });
}

/** Every binding of a home goes, with the user whose it is. */
export function emptyHome(plan: Plan, home: HomeView, user: User): void {
  const { draft } = plan;
  for (const binding of draft.bindings(home)) {
    const record = draft.collection(binding.collection);
    if (record?.owner === home.user) trash(plan, record, user);
    else unbind(plan, home, binding.name);
  }
}

/** The folder for a name; another collection may have it, whose folder a person named. */
function folderOf(plan: Plan, home: HomeView, name: string, id: CollectionId): string {
  const { file } = fileNameOf(name, '', plan.setting.caseless);
  return isFolderTaken(plan, home, file, id) ? `${file}${HASHED}${id}` : file;
}

/** By another collection of the home than `id`. */
function isFolderTaken(plan: Plan, home: HomeView, folder: string, id: CollectionId): boolean {
  return plan.draft.bindings(home).some((binding) => {
    const record = plan.draft.collection(binding.collection);
    return (
      record &&
      record.id !== id &&
      fold(record.folder) === fold(folder) &&
      (plan.setting.caseless || record.folder === folder)
    );
  });
}

function patched(properties: Properties, patch: PropertyPatch): Properties {
  return Object.fromEntries(
    Object.entries({ ...properties, ...patch }).filter(([, value]) => value !== null),
  ) as Properties;
}
