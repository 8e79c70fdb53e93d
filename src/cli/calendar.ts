import type { Command } from 'commander';
import { dataFolder, withServer } from './data-option.ts';
import { say } from './output.ts';
import { WrongUsage } from './wrong-usage.ts';

export function addCalendar(parent: Command): void {
  const calendar = parent.command('calendar').summary('protect calendars').description('Calendars of users.');
  calendar
    .command('protect')
    .argument('<user/calendar>', 'such as alice/default')
    .summary('refuse that clients delete a calendar')
    .description(
      'Makes the server refuse when a client wants to delete the calendar, or lets it again with --off.',
    )
    .option('--on', 'refuse (the default)')
    .option('--off', 'let clients delete it')
    .addHelpText('after', '\nExample:\n  davd calendar protect alice/default --off')
    .action(async (path: string, { on, off }: { on?: true; off?: true }, command: Command) => {
      if (on && off) throw new WrongUsage('--on and --off exclude each other');
      const slash = path.indexOf('/');
      if (slash < 1 || slash === path.length - 1) {
        throw new WrongUsage(
          `"${path}" does not name a calendar: write USER/CALENDAR, such as alice/default`,
        );
      }
      const wish = { user: path.slice(0, slash), calendar: path.slice(slash + 1), on: !off };
      const done = await withServer(dataFolder(command), (administer) =>
        administer('calendar.protect', wish),
      );
      const name = `${done.user}/${done.calendar}`;
      say(done.on ? `Clients can't delete ${name} any more.` : `Clients may delete ${name} now.`);
    });
}
