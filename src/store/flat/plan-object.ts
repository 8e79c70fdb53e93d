import type { Change, Expect, Outcome } from '../types.ts';
import type { DraftMember } from './draft.ts';
import { ENDING_OF, type Version } from './entries.ts';
import { fileNameOf } from './names.ts';
import { type Plan, requireName } from './plan.ts';

type ChangeOf<D extends Change['do']> = Extract<Change, { do: D }>;

export function planPut(plan: Plan, change: ChangeOf<'put'>, etag: string): Outcome {
  const { draft, setting } = plan;
  const { collection, name, bytes, facts } = change;
  const record = draft.collection(collection) ?? plan.refuse('absent');
  const before = draft.member(collection, name);
  expect(plan, before, change.expect);
  if (before?.etag === etag) return { created: false, etag };
  requireFreeUid(plan, collection, facts.uid, [name]);
  const file = before ? before.file : listedFile(plan, name, ENDING_OF[record.kind]);
  plan.add(
    {
      set: 'member',
      in: collection,
      name,
      seq: draft.nextSeq(collection),
      etag,
      size: bytes.length,
      at: plan.addBody(bytes, etag),
      created: before?.created ?? setting.time,
      modified: setting.time,
      ...(before?.properties && { properties: before.properties }),
      ...(file !== undefined && { file }),
      ...(before && { was: versionOf(before) }),
    },
    facts,
  );
  return { created: !before, etag };
}

export function planDelete(plan: Plan, change: ChangeOf<'delete'>): Outcome {
  const { draft } = plan;
  const { collection, name } = change;
  const before = draft.collection(collection) && draft.member(collection, name);
  expect(plan, before, change.expect);
  if (!before) plan.refuse('absent');
  plan.add({ set: 'gone', in: collection, name, seq: draft.nextSeq(collection), was: versionOf(before) });
  return { created: false };
}

export function planMove(plan: Plan, change: ChangeOf<'move'>): Outcome {
  const { draft } = plan;
  const { collection, name, to } = change;
  const source = draft.collection(collection) && draft.member(collection, name);
  const target = draft.collection(to.collection);
  expect(plan, source, change.expect);
  if (!source || !target) plan.refuse('absent');
  if (target.kind !== draft.collection(collection)?.kind) {
    plan.refuse('bad-name', 'a calendar object and a card cannot change places');
  }
  const before = draft.member(to.collection, to.name);
  expect(plan, before, change.expectTarget);
  if (collection === to.collection && name === to.name) return { created: false, etag: source.etag };
  requireFreeUid(plan, to.collection, source.facts?.uid ?? null, [
    to.name,
    ...(collection === to.collection ? [name] : []),
  ]);
  const file = before ? before.file : listedFile(plan, to.name, ENDING_OF[target.kind]);
  plan.add({
    set: 'gone',
    in: collection,
    name,
    seq: draft.nextSeq(collection),
    was: versionOf(source),
    to: [to.collection, to.name],
  });
  plan.add(
    {
      set: 'member',
      in: to.collection,
      name: to.name,
      seq: draft.nextSeq(to.collection),
      etag: source.etag,
      size: source.size,
      at: source.at,
      created: source.created,
      modified: source.modified,
      ...(source.properties && { properties: source.properties }),
      ...(file !== undefined && { file }),
      ...(before && { was: versionOf(before) }),
      from: [collection, name],
    },
    source.facts,
  );
  return { created: !before, etag: source.etag };
}

/** RFC 9110 §13.1.1, §13.1.2. */
function expect(plan: Plan, member: DraftMember | undefined, { match, noneMatch }: Expect = {}): void {
  if (match !== undefined) {
    const holds = member && (match === '*' || match.includes(member.etag));
    if (!holds) plan.refuse('expectation');
  }
  if (noneMatch !== undefined && member) {
    if (noneMatch === '*' || noneMatch.includes(member.etag)) plan.refuse('expectation');
  }
}

/** RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1. @param own names that may have the UID now. */
function requireFreeUid(plan: Plan, collection: string, uid: string | null, own: readonly string[]): void {
  if (uid === null) return;
  const holder = plan.draft.holderOf(collection, uid);
  if (holder !== undefined && !own.includes(holder)) plan.refuse('uid-conflict', holder);
}

function listedFile(plan: Plan, name: string, ending: '.ics' | '.vcf'): string | undefined {
  requireName(plan, name);
  const { file, listed } = fileNameOf(name, ending, plan.setting.caseless);
  return listed ? file : undefined;
}

function versionOf({ etag, size, at }: DraftMember): Version {
  return { etag, size, at };
}
