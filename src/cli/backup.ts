import type { Command } from 'commander';
import { type BackupOutcome, makeBackup } from '../admin/backup.ts';
import { openOutput, standardOutput } from '../admin/output-file.ts';
import { type Verified, verifyBackup } from '../admin/restore-backup.ts';
import { openLog } from '../log.ts';
import { actAsOwnerForNow, dataFolder, withServer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { openInput } from './input-file.ts';
import { interruptibly } from './interrupted.ts';
import { bold, tell, wantsJson } from './output.ts';
import { openProgress } from './progress.ts';
import { plain, showCount, showSize, showTime } from './show.ts';
import { Unclean } from './unclean.ts';
import { WrongUsage } from './wrong-usage.ts';

export function addBackup(parent: Command): void {
  const command = parent
    .command('backup')
    .argument('<file>', 'such as davd.tar.gz; - is standard output')
    .summary('write everything into one file')
    .description(
      'Writes everything, with its history, into one .tar.gz, also while the server runs: what was acknowledged before it began is in it. davd restore-backup makes a data folder of it.',
    )
    .option('--verify', 'restore a backup into a scratch folder (in $TMPDIR) and compare it')
    .action((file: string, { verify }: { verify?: true }) =>
      verify ? tellVerified(command, file) : tellBackup(command, file),
    );
  addExamples(command, 'davd backup davd.tar.gz', 'davd backup --verify davd.tar.gz');
}

async function tellBackup(command: Command, file: string): Promise<void> {
  const outcome = await backUp(command, file);
  if (file !== '-') tell(command, outcome, backupText);
  else if (wantsJson(command)) process.stderr.write(`${JSON.stringify(outcome)}\n`);
  else if (process.stderr.isTTY || outcome.lost.length > 0) process.stderr.write(`${backupText(outcome)}\n`);
  if (outcome.lost.length > 0) throw new Unclean();
}

/** The file is opened as who started this, the data as their owner. */
async function backUp(command: Command, file: string): Promise<BackupOutcome> {
  if (file === '-' && process.stdout.isTTY) {
    throw new WrongUsage('a backup is nothing to look at on a terminal: name a file, or pipe it somewhere');
  }
  const folder = dataFolder(command);
  const output = file === '-' ? standardOutput() : await openOutput(file);
  const actAsStarter = actAsOwnerForNow(folder.path);
  const progress = openProgress();
  try {
    const outcome = await interruptibly((signal) =>
      withServer(folder, (_, follow) =>
        makeBackup({ data: folder.path, follow, output, signal, progress: progress.show }),
      ),
    );
    actAsStarter();
    await output.keep();
    return outcome;
  } catch (error) {
    actAsStarter();
    await output.discard();
    throw error;
  } finally {
    progress.clear();
  }
}

async function tellVerified(command: Command, file: string): Promise<void> {
  const input = await openInput(file);
  const progress = openProgress();
  const log = openLog({ level: 'warn', readable: true });
  const show = (done: number, of: number): void => progress.show('Verifying', done, of);
  try {
    const outcome = await interruptibly((signal) =>
      verifyBackup({ input, file, signal, log, progress: show }),
    );
    progress.clear();
    tell(command, outcome, verifiedText);
    if (outcome.differences.length > 0) throw new Unclean();
  } finally {
    progress.clear();
  }
}

function backupText({ file, time, octets, lost, ...totals }: BackupOutcome): string {
  const where = file === '-' ? '' : ` written to ${bold(file)}`;
  const lines = [`Backup of ${showTime(time)}${where}: ${totalsText(totals)}, ${showSize(octets)}.`];
  if (lost.length > 0)
    lines.push('Not in it, for their bytes are lost (davd check says more):', ...lost.map(plain));
  return lines.join('\n');
}

export function totalsText(totals: Pick<BackupOutcome, 'users' | 'collections' | 'objects'>): string {
  return [
    showCount(totals.users, 'user'),
    showCount(totals.collections, 'collection'),
    showCount(totals.objects, 'object'),
  ].join(', ');
}

const SHOWN = 20;

function verifiedText({ file, time, differences, ...totals }: Verified): string {
  const of = `The backup of ${showTime(time)} in ${bold(file)}`;
  if (differences.length === 0) return `${of} is good: ${totalsText(totals)}.`;
  return [
    `${of} is not good: ${showCount(differences.length, 'difference')}.`,
    ...differences.slice(0, SHOWN).map((each) => plain(`${each.file}: ${each.what}`)),
    ...(differences.length > SHOWN ? ['…'] : []),
  ].join('\n');
}
