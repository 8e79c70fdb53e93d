import type { Command } from 'commander';
import type { DecidedDeletions } from '../admin/edits.ts';
import { type CheckStep, type Finding, isFault } from '../store/finding.ts';
import type { Decision } from '../store/trouble.ts';
import { administer, dataFolder, withServer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, say, tell, wantsJson } from './output.ts';
import { openProgress } from './progress.ts';
import { plain, showCount } from './show.ts';
import { Unclean } from './unclean.ts';
import { WrongUsage } from './wrong-usage.ts';

const DESCRIPTION = `Compares files, state, journal and properties with each other. What people change in files/ is no damage. Exit code 1 when something is wrong and was not repaired.

When many files of a collection disappear at once (guard.items, guard.percent), or its folder, davd deletes nothing and goes on serving what was there: --accept-deletions or --put-back decides.`;

interface CheckOptions {
  readonly repair?: true;
  readonly acceptDeletions?: true;
  readonly putBack?: true;
}

export function addCheck(parent: Command): void {
  const command = parent
    .command('check')
    .argument('[user/collection...]', 'whose deletions are decided; all that are held where nothing is said')
    .summary('look for damage')
    .description(DESCRIPTION)
    .option('--repair', 'mend what the journal or the files still have')
    .option('--accept-deletions', 'delete the items whose files are gone')
    .option('--put-back', 'write the files that are gone again')
    .action(async (collections: string[], options: CheckOptions) => {
      const decision = decisionOf(options);
      if (decision) {
        const decided = await administer(command, 'deletions.decide', { decision, collections });
        tell(command, decided, () => decidedText(decided, decision));
        return;
      }
      if (collections.length > 0)
        throw new WrongUsage(
          'a check is one of everything: say --accept-deletions or --put-back with a collection',
        );
      const { repair = false } = options;
      const findings = await withServer(dataFolder(command), async (_, follow) =>
        collect(await follow('check', { repair }), wantsJson(command) ? () => undefined : sayFinding),
      );
      const left = findings.filter((finding) => isFault(finding) && finding.repaired === undefined);
      tell(command, { findings, left: left.length }, () => summary(findings, left.length, repair));
      if (left.length > 0) throw new Unclean();
    });
  addExamples(command, 'davd check', 'davd check --repair', 'davd check --put-back');
}

/** @throws WrongUsage */
function decisionOf({ repair, acceptDeletions, putBack }: CheckOptions): Decision | undefined {
  if ([repair, acceptDeletions, putBack].filter(Boolean).length > 1)
    throw new WrongUsage('say one of --repair, --accept-deletions and --put-back');
  if (acceptDeletions) return 'accept';
  return putBack ? 'put-back' : undefined;
}

function decidedText(decided: readonly DecidedDeletions[], decision: Decision): string {
  if (decided.length === 0) return 'No deletions wait for a decision.';
  return decided.map((one) => decidedLine(one, decision)).join('\n');
}

function decidedLine({ path, items, whole }: DecidedDeletions, decision: Decision): string {
  const what = whole
    ? `${plain(path)}, with ${showCount(items, 'item')},`
    : `${showCount(items, 'item')} of ${plain(path)}`;
  const verb = whole || items === 1 ? 'is' : 'are';
  return decision === 'accept'
    ? `${what} ${verb} deleted; davd undo and davd restore bring things back.`
    : `${what} ${verb} written to files/ again.`;
}

async function collect(
  steps: AsyncIterable<CheckStep>,
  tell: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const progress = openProgress();
  for await (const step of steps) {
    if ('progress' in step)
      progress.show(`Checking ${step.progress.what}`, step.progress.done, step.progress.of);
    else {
      findings.push(step.finding);
      progress.clear();
      tell(step.finding);
    }
  }
  progress.clear();
  return findings;
}

function sayFinding({ kind, where, what, repaired }: Finding): void {
  say(`${bold(kind)}  ${plain(where)}: ${plain(what)}${repaired ? `; ${plain(repaired)}` : ''}`);
}

function summary(findings: readonly Finding[], left: number, repair: boolean): string {
  const mended = findings.filter(({ repaired }) => repaired !== undefined).length;
  const edits = findings.filter((finding) => !isFault(finding)).length;
  const parts = [
    left === 0 && mended === 0 ? 'Nothing is wrong' : showCount(left, 'fault'),
    ...(mended > 0 ? [`${mended} repaired`] : []),
    ...(edits > 0 ? [showCount(edits, 'edit')] : []),
  ];
  const hint = left > 0 && !repair ? ' davd check --repair mends what can be mended.' : '';
  return `${parts.join(', ')}.${hint}`;
}
