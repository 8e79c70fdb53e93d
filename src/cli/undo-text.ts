import type { DoneItem, LeftItem, UndoOutcome } from '../admin/past/put-back.ts';
import { thingText, withText } from './history-text.ts';
import { bold, program } from './output.ts';
import { plain, showCount, showTime } from './show.ts';

/** Lines of each list at most; JSON has all. */
const SHOWN = 20;

export function undoText({ dryRun, done, left, unchanged, act }: UndoOutcome): string {
  const lines = [
    ...some(done.map((item) => doneText(item, dryRun))),
    ...(left.length > 0 ? [`${bold('Left as they are:')}`, ...some(left.map(leftText))] : []),
    summary(done.length, unchanged, dryRun),
  ];
  if (act !== null) lines.push(`To take this back: ${program()} undo ${act}`);
  return lines.join('\n');
}

function summary(done: number, unchanged: number, dryRun: boolean): string {
  const same =
    unchanged > 0 ? ` ${showCount(unchanged, 'thing')} ${unchanged === 1 ? 'is' : 'are'} already so.` : '';
  if (done === 0) return `There is nothing to put back.${same}`;
  const count = bold(showCount(done, 'change'));
  return `${dryRun ? `${count} would be made` : `Made ${count}`}.${same}`;
}

function some(lines: readonly string[]): readonly string[] {
  if (lines.length <= SHOWN + 1) return lines;
  return [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more (--json shows all)`];
}

function doneText({ done, as, for: other, ...item }: DoneItem, dryRun: boolean): string {
  const renamed = as === undefined ? '' : ` as "${as}", since its name is taken`;
  const reason = other === undefined ? '' : `, so that "${other}" can come back`;
  return plain(`${dryRun ? 'would be ' : ''}${done}: ${thingText(item)}${renamed}${reason}`);
}

function leftText({ why, since, taker, ...item }: LeftItem): string {
  return plain(`${thingText(item)}: ${reasonText(why, since, taker)}`);
}

function reasonText(why: LeftItem['why'], since: LeftItem['since'], taker: string | undefined): string {
  const who = since
    ? ` by ${[since.user, withText(since)].filter(Boolean).join(', ')} at ${showTime(since.time)}`
    : '';
  switch (why) {
    case 'changed since':
      return `changed since${who}; --force takes that back too`;
    case 'in use':
      return `something was put there${who}; --force removes it all the same`;
    case 'no place':
      return 'what it was in is gone: bring that back first, with davd restore';
    case 'not kept':
      return 'its content is no longer kept in the history';
    case 'UID taken':
      return `"${taker}" has its UID by now; --force removes that`;
    case 'name taken':
      return `"${taker}" has that name by now: rename that first`;
    case 'a new user':
      return 'remove a user with davd user remove';
  }
}
