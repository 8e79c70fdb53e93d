/** Every command gives the same outcome beside a running server and without one. */

import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { card, event } from '../objects.ts';
import { davd, listening, madeFolder, newPath, start, stop } from './davd.ts';
import { openShell, wordsOf } from './shell.ts';

/**
 * Command lines in the order they are given; those that change nothing once as text and once as JSON. They begin in a
 * folder in which a device of carol's has stored a lunch, twice, and a card.
 */
const LINES = `
# Users and devices
user list
user add alice --display-name "Alice Liddell" --email alice@example.com --generate
user add bob --locale fr --time-zone europe/paris --password-stdin
user add ALICE --generate
user set alice --email a@example.org --email b@example.org --locale de
user set alice --time-zone nowhere
user set bob --display-name Robert
user rename bob robert
user rename alice robert
user show bob
user list
user passwd robert --generate
user disable alice
user list
user enable alice
user enable alicce
device list
device add alice iPhone
device add alice iphone
device add bob "work laptop"
device list
device rename alice iPhone Phone
device revoke alice iPhon
device revoke alice Phone
device list alice
# Collections
calendar add alice/work --display-name Work --color #18e --time-zone Europe/Paris --order 3 --components VEVENT,VTODO
calendar add alice/work
calendar add alice/bad --color green
calendar add alice/bad --components VEVENTS
calendar list alice
calendar list
calendar show alice/wrk
calendar set alice/work --description "At the office" --color ""
calendar show alice/work
calendar protect alice/work
calendar rename alice/work office
calendar rename alice/office default
calendar move alice/office robert
calendar move robert/default alice
calendar list robert
addressbook add alice/friends --description Friends
addressbook list alice
addressbook rename alice/friends pals
addressbook remove alice/pals --yes
addressbook show alice/pals
calendar remove robert/office
calendar remove robert/office --yes

# Items
item list carol/default
item list carol/calendars/default
item list carol/addressbooks/default
item list alice/calendars/default
item show carol/default/lunch.ics
item show carol/default/ann.vcf
item show carol/default/nothing.ics
item edit carol/default/lunch.ics --stdin
item edit carol/default/ann.vcf
dedupe alice/default
dedupe carol/calendars/default --dry-run --near --json
dedupe carol/calendars/default
dedupe alice/nothing
item remove carol/default/lunch.ics
item remove carol/default/lunch.ics --yes
item remove carol/default/lunch.ics --yes

# The past
history carol
history carol/default/lunch.ics --device Example
history carol/default/lunch.ics --limit 1
history --since soon
history carl
history marks
history accept nothing
undo --mark nothing
show carol/default/lunch.ics
show carol/default/lunch.ics --at "1 year ago"
diff carol/default/lunch.ics
diff carol/default/lunch.ics --from "2 days ago"
diff nothing
undo
undo --user carol --since "1 day ago" --dry-run
undo --user carol --since "1 day ago" --dry-run --json
undo 1-1
restore carol/default
restore carol/default/lunch.ics --dry-run
restore carol/default/lunch.ics
restore carol/default/lunch.ics
restore carol/calendars/default --at "1 hour ago" --exact
calendar remove carol/tasks --yes
restore carol/tasks --dry-run --json
restore carol/tasks --as chores
undo --user carol --since "1 day ago"
history purge carol/nothing --yes
history purge carol --since "1 day ago" --yes
history purge carol/default/lunch.ics --yes
history carol/default/lunch.ics
history purge --yes
history
undo --user carol --since "1 day ago"

# Settings
config list
config get history.days
config set auth.realm home
config set history.days never
config set history.day 10
config unset auth.realm
status
check
check --repair --json
user remove robert --yes
user restore rob
user restore robert
user show robert
user restore robert
user remove robert --yes
user add robert --generate
user restore bob
user remove robert --purge --yes
user restore robert
user list --json
`;

test('every command gives the same outcome with the server running and stopped', async (t) => {
  const begin = await folderOfCarol(t);
  const stopped = await outcomes(t, begin, lines());
  const running = await outcomes(t, begin, lines(), 'running');
  for (const [index, line] of lines().entries()) {
    assert.deepEqual(running[index], stopped[index], line);
  }
  for (const code of [0, 1, 2]) assert.ok(stopped.some((outcome) => outcome.code === code));
});

test('with --json every command says JSON, or nothing', async (t) => {
  const all = lines().filter((line) => !/ --json/.test(line));
  const outs = await outcomes(
    t,
    await folderOfCarol(t),
    all.map((line) => `${line} --json`),
  );
  for (const [index, line] of all.entries()) {
    const { code, out } = outs[index] ?? { code: null, out: '' };
    if (code === 0 || out !== '') assert.doesNotThrow(() => JSON.parse(out), `${line}: ${out}`);
  }
});

function lines(): readonly string[] {
  return LINES.split('\n')
    .filter((line) => /^[a-z]/.test(line))
    .flatMap((line) =>
      / (list|show|get)\b|^(status|history|diff)/.test(line) ? [line, `${line} --json`] : [line],
    );
}

const SETTINGS = { format: 1, url: 'https://dav.example.com', listen: '127.0.0.1:0' };
const PASSWORD = 'secret-carol-1';

/** Both runs begin with copies of it. */
async function folderOfCarol(t: TestContext): Promise<string> {
  const data = await madeFolder(t);
  writeFileSync(join(data, 'davd.json'), JSON.stringify(SETTINGS));
  const server = await listening(t, start(['serve', '--data', data]));
  await davd(['user', 'add', 'carol', '--password-stdin', '--data', data], { input: PASSWORD });
  const objects = {
    'calendars/carol/default/lunch.ics': event('lunch', { summary: 'Lunch' }),
    'calendars/carol/default/again.ics': event('again', { summary: 'Lunch' }),
    'addressbooks/carol/default/ann.vcf': card('ann'),
  };
  for (const [path, body] of Object.entries(objects)) {
    const { status } = await fetch(`${server.url}dav/${path}`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`carol:${PASSWORD}`).toString('base64')}` },
      body,
    });
    assert.equal(status, 201, path);
  }
  await stop(server);
  return data;
}

async function outcomes(t: TestContext, begin: string, given: readonly string[], server?: 'running') {
  const data = newPath(t);
  cpSync(begin, data, { recursive: true, preserveTimestamps: true });
  if (server) await listening(t, start(['serve', '--data', data]));
  const shell = openShell(t, { env: { DAVD_DATA: data, TZ: 'UTC', EDITOR: 'sed -i s/Dubois/Martin/' } });
  const all = [];
  for (const line of given) {
    const { code, out, err } = await shell.run(wordsOf(line), INPUT[line.replace(/ --.*/, '')] ?? INPUT['']);
    assert.doesNotMatch(err, /unexpected/, line);
    all.push({ code, out: steady(out, data), err: steady(err, data) });
  }
  return all;
}

/** On standard input, by the line without its options; '': of all others. */
const INPUT: Readonly<Record<string, string>> = {
  '': 'secret-password\n',
  'item edit carol/default/lunch.ics': event('lunch', { summary: 'Dinner' }),
};

/** Without what can't be the same twice. */
function steady(text: string, data: string): string {
  return text
    .replaceAll(data, 'DATA')
    .replace(/\b\d[0-9a-z]{0,2}-[0-9a-z]{3,6}\b|\bu[0-9a-z]{12}\b/g, 'CHANGE')
    .replace(/[a-z2-9]{4}(-[a-z2-9]{4}){3}/g, 'PASSWORD')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d+Z)?/g, 'TIME')
    .replace(/journal .* free/, 'SIZES')
    .replace(/"(journal|free)": \d+/g, '"$1": 0')
    .replace(/^Server .*/m, 'SERVER')
    .replace(/"running": .*,/, '"running": null,');
}
