import type { Command } from 'commander';
import { type Restored, restoreBackup } from '../admin/restore-backup.ts';
import { openLog } from '../log.ts';
import { totalsText } from './backup.ts';
import { actAsOwner, dataFolder, nextCommand } from './data-option.ts';
import { addExamples } from './examples.ts';
import { openInput } from './input-file.ts';
import { interruptibly } from './interrupted.ts';
import { bold, tell } from './output.ts';
import { openProgress } from './progress.ts';
import { showTime } from './show.ts';

export function addRestoreBackup(parent: Command): void {
  const command = parent
    .command('restore-backup')
    .argument('<file>', 'what davd backup wrote; - is standard input')
    .summary('make a data folder of a backup')
    .description(
      'Makes a data folder of a backup, with its history. The folder must be absent or empty. Devices fetch everything anew.',
    )
    .action(async (file: string) => {
      const { path } = dataFolder(command);
      const input = await openInput(file);
      actAsOwner(path);
      const progress = openProgress();
      const log = openLog({ level: 'warn', readable: true });
      const show = (done: number, of: number): void => progress.show('Restoring', done, of);
      try {
        const restored = await interruptibly((signal) =>
          restoreBackup(path, { input, file, signal, log, progress: show }),
        );
        progress.clear();
        const text = (outcome: Restored): string =>
          `Made the data folder ${bold(path)} of the backup of ${showTime(outcome.time)}: ${totalsText(outcome)}.\nNext: ${nextCommand(command, 'serve')}`;
        tell(command, { ...restored, data: path }, text);
      } finally {
        progress.clear();
      }
    });
  addExamples(command, 'davd backup - | davd restore-backup - --data copy');
}
