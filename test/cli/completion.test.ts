import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { completionScript } from '../../src/cli/completion.ts';
import { manualPage } from '../../src/cli/manual.ts';
import { makeProgram } from '../../src/cli/program.ts';

const script = completionScript(makeProgram(), 'bash');

/** What bash offers after these words, the last of which is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const quoted = ['davd', ...words].map((word) => `'${word}'`).join(' ');
  const run = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _davd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', run], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter(Boolean);
}

const cases: [words: string[], offers: string[]][] = [
  [['us'], ['user']],
  [
    ['user', 're'],
    ['rename', 'remove', 'restore'],
  ],
  [['--json', 'device', 'l'], ['list']],
  [['user', 'add', 'user', '--em'], ['--email']],
  [['calendar', 'move', 'alice/work', '--da'], ['--data']],
  [['serv'], ['serve', 'service']],
  [
    ['config', 'get', 'lim'],
    ['limits.eventBytes', 'limits.contactBytes', 'limits.xmlBytes'],
  ],
  [['proxy', 'ca'], ['caddy']],
  [['completion', 'b'], ['bash']],
];
for (const [words, offers] of cases) {
  test(`bash completes davd ${words.join(' ')}`, () => assert.deepEqual(offered(...words), offers));
}

for (const shell of ['zsh', 'fish'] as const) {
  const missing = spawnSync(shell, ['--version']).status !== 0 && `${shell} is not installed`;
  test(`the script for ${shell} has no syntax error`, { skip: missing }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'davd-completion-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'davd'), completionScript(makeProgram(), shell));
    const { status, stderr } = spawnSync(shell, ['-n', join(folder, 'davd')], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
}

test('the fish script completes commands, their commands and options', () => {
  const fish = completionScript(makeProgram(), 'fish');
  assert.match(fish, /^complete -c davd -f -n 'not __fish_seen_subcommand_from .*' -a user -d '/m);
  assert.match(fish, /^complete -c davd -f -n '__fish_seen_subcommand_from user; and not .*' -a restore /m);
  assert.match(
    fish,
    /^complete -c davd -f -n '__fish_seen_subcommand_from user; and __fish_seen_subcommand_from add' -l email /m,
  );
});

test('the manual names every command with its example', () => {
  const page = manualPage(makeProgram(), '2026-01-01');
  assert.match(page, /^\.TH DAVD 1 "2026-01-01" "davd \d/);
  for (const command of ['davd user add <name>', 'davd trace', 'davd device revoke <user> <device>']) {
    assert.ok(page.includes(`.SS "${command.replaceAll('-', '\\-')}"`), command);
  }
  assert.match(page, /davd user add alice \\-\\-display\\-name \\\(dqAlice Liddell\\\(dq/);
});
