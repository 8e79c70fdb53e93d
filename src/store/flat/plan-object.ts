import { isDeepStrictEqual } from 'node:util';
import type { Change, Expect, Outcome } from '../types.ts';
import type { DraftMember } from './draft.ts';
import { ENDING_OF } from './entries.ts';
import { fileNameOf } from './names.ts';
import { type Plan, type Recalled, requireName } from './plan.ts';
import { dropLocks } from './plan-lock.ts';

type ChangeOf<D extends Change['do']> = Extract<Change, { do: D }>;

export function planPut(plan: Plan, change: ChangeOf<'put'>, etag: string): Outcome {
  const { draft, setting } = plan;
  const { collection, name, bytes, facts } = change;
  const record = draft.collection(collection) ?? plan.refuse('absent');
  const before = draft.member(collection, name);
  expect(plan, before, change.expect);
  if (before?.etag === etag) return { created: false, etag };
  if (change.expect?.sameUid) requireSameUid(plan, name, before, facts.uid);
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
    },
    facts,
  );
  return { created: !before, etag };
}

/** Says where the bytes stand if they stay there, and so takes no room on the disk; else they are stored again. */
export function planRecall(plan: Plan, change: ChangeOf<'recall'>, recalled: Recalled | undefined): Outcome {
  const { draft, setting } = plan;
  const { collection, name, version } = change;
  const record = draft.collection(collection) ?? plan.refuse('absent');
  const before = draft.member(collection, name);
  expect(plan, before, change.expect);
  if (!recalled) plan.refuse('absent', 'its bytes are no longer kept');
  const { bytes, facts, place } = recalled;
  const { etag, properties } = version;
  if (before?.etag === etag && isDeepStrictEqual(before.properties ?? {}, properties)) {
    return { created: false, etag };
  }
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
      at: setting.stays(place) ? place : plan.addBody(bytes, etag),
      created: version.created,
      modified: setting.time,
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(file !== undefined && { file }),
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
  plan.add({ set: 'gone', in: collection, name, seq: draft.nextSeq(collection) });
  dropLocks(plan, collection, name);
  return { created: false };
}

export function planMove(plan: Plan, change: ChangeOf<'move'>): Outcome {
  const { collection, name, to } = change;
  const placed = transfer(plan, change);
  if (placed.stays) return placed.outcome;
  plan.add({
    set: 'gone',
    in: collection,
    name,
    seq: plan.draft.nextSeq(collection),
    to: [to.collection, to.name],
  });
  dropLocks(plan, collection, name);
  addTransferred(plan, change, placed);
  return placed.outcome;
}

export function planCopy(plan: Plan, change: ChangeOf<'copy'>): Outcome {
  const placed = transfer(plan, change);
  if (!placed.stays) addTransferred(plan, change, placed);
  return placed.outcome;
}

interface Transfer {
  readonly source: DraftMember;
  readonly before: DraftMember | undefined;
  /** Source and target are the same. */
  readonly stays: boolean;
  readonly outcome: Outcome;
}

/** What a move and a copy have in common: what may stop them. */
function transfer(plan: Plan, change: ChangeOf<'move' | 'copy'>): Transfer {
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
  const stays = collection === to.collection && name === to.name;
  if (!stays) {
    if (change.expectTarget?.sameUid) requireSameUid(plan, to.name, before, source.facts?.uid ?? null);
    const leaves = change.do === 'move' && collection === to.collection;
    requireFreeUid(plan, to.collection, source.facts?.uid ?? null, [to.name, ...(leaves ? [name] : [])]);
  }
  return { source, before, stays, outcome: { created: !before, etag: source.etag } };
}

function addTransferred(
  plan: Plan,
  { do: how, collection, name, to }: ChangeOf<'move' | 'copy'>,
  { source, before }: Transfer,
): void {
  const { draft, setting } = plan;
  const record = draft.collection(to.collection) ?? plan.refuse('absent');
  const file = before ? before.file : listedFile(plan, to.name, ENDING_OF[record.kind]);
  const isMove = how === 'move';
  plan.add(
    {
      set: 'member',
      in: to.collection,
      name: to.name,
      seq: draft.nextSeq(to.collection),
      etag: source.etag,
      size: source.size,
      at: source.at,
      created: isMove ? source.created : setting.time,
      modified: isMove ? source.modified : setting.time,
      ...(source.properties && { properties: source.properties }),
      ...(file !== undefined && { file }),
      ...(isMove && { from: [collection, name] as const }),
    },
    source.facts,
  );
}

/** RFC 9110 §13.1.1, §13.1.2, §13.1.4. */
export function expect(
  plan: Plan,
  member: DraftMember | undefined,
  { match, noneMatch, unmodifiedSince }: Expect = {},
): void {
  if (match !== undefined) {
    const holds = member && (match === '*' || match.includes(member.etag));
    if (!holds) plan.refuse('expectation');
  }
  if (noneMatch !== undefined && member) {
    if (noneMatch === '*' || noneMatch.includes(member.etag)) plan.refuse('expectation');
  }
  if (
    unmodifiedSince !== undefined &&
    member &&
    Math.floor(member.modified / 1000) * 1000 > unmodifiedSince
  ) {
    plan.refuse('expectation');
  }
}

/** RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1. @param own names that may have the UID now. */
function requireFreeUid(plan: Plan, collection: string, uid: string | null, own: readonly string[]): void {
  if (uid === null) return;
  const holder = plan.draft.holderOf(collection, uid);
  if (holder !== undefined && !own.includes(holder)) plan.refuse('uid-conflict', holder);
}

/** RFC 4791 §5.3.2.1: an object is not overwritten by another one. What has no UID may be mended. */
function requireSameUid(plan: Plan, name: string, before: DraftMember | undefined, uid: string | null): void {
  const known = before?.facts?.uid ?? null;
  if (known !== null && uid !== known) plan.refuse('uid-conflict', name);
}

function listedFile(plan: Plan, name: string, ending: '.ics' | '.vcf'): string | undefined {
  requireName(plan, name);
  const { file, listed } = fileNameOf(name, ending, plan.setting.caseless);
  return listed ? file : undefined;
}
