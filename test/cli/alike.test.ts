/** Every command gives the same outcome beside a running server and without one. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listening, madeFolder, start } from './davd.ts';
import { openShell, wordsOf } from './shell.ts';

/** Command lines in the order they are given; each once as text and once as JSON where that changes nothing. */
const LINES = `
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
item list alice/default
item list alice/calendars/default
item show alice/default/nothing.ics
dedupe alice/default
dedupe alice/default --dry-run --near --json
dedupe alice/nothing
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
user list --json
`;

test('every command gives the same outcome with the server running and stopped', async (t) => {
  const [stopped, running] = [await outcomes(t, false), await outcomes(t, true)];
  for (const [index, line] of lines().entries()) {
    assert.deepEqual(running[index], stopped[index], line);
  }
  assert.ok(stopped.some(({ code }) => code === 1) && stopped.some(({ code }) => code === 2));
});

function lines(): readonly string[] {
  return LINES.trim()
    .split('\n')
    .flatMap((line) => (/ (list|show|get)\b|^status/.test(line) ? [line, `${line} --json`] : [line]));
}

const SETTINGS = { format: 1, url: 'https://dav.example.com', listen: '127.0.0.1:0' };

async function outcomes(t: TestContext, running: boolean) {
  const data = await madeFolder(t);
  writeFileSync(join(data, 'davd.json'), JSON.stringify(SETTINGS));
  if (running) await listening(t, start(['serve', '--data', data]));
  const shell = openShell(t, { env: { DAVD_DATA: data, TZ: 'UTC' } });
  const all = [];
  for (const line of lines()) {
    const { code, out, err } = await shell.run(wordsOf(line), 'secret-password\n');
    assert.doesNotMatch(err, /unexpected/, line);
    all.push({ code, out: steady(out, data), err });
  }
  return all;
}

/** Without what can't be the same twice. */
function steady(text: string, data: string): string {
  return text
    .replaceAll(data, 'DATA')
    .replace(/[a-z2-9]{4}(-[a-z2-9]{4}){3}/g, 'PASSWORD')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d+Z)?/g, 'TIME')
    .replace(/journal .* free/, 'SIZES')
    .replace(/"(journal|free)": \d+/g, '"$1": N')
    .replace(/^Server .*/m, 'SERVER')
    .replace(/"running": .*/, 'RUNNING');
}
