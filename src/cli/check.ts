import type { Command } from 'commander';
import { type CheckStep, type Finding, isFault } from '../store/finding.ts';
import { dataFolder, withServer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, say, tell, wantsJson } from './output.ts';
import { openProgress } from './progress.ts';
import { plain, showCount } from './show.ts';
import { Unclean } from './unclean.ts';

export function addCheck(parent: Command): void {
  const command = parent
    .command('check')
    .summary('look for damage')
    .description(
      'Compares files, state, journal and properties with each other. What people change in files/ is no damage. Exit code 1 when something is wrong and was not repaired.',
    )
    .option('--repair', 'mend what the journal or the files still have')
    .action(async ({ repair = false }: { repair?: boolean }) => {
      const findings = await withServer(dataFolder(command), async (_, follow) =>
        collect(await follow('check', { repair }), wantsJson(command) ? () => undefined : sayFinding),
      );
      const left = findings.filter((finding) => isFault(finding) && finding.repaired === undefined);
      tell(command, { findings, left: left.length }, () => summary(findings, left.length, repair));
      if (left.length > 0) throw new Unclean();
    });
  addExamples(command, 'davd check', 'davd check --repair');
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
