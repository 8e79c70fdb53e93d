import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
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

/** What fish offers. */
function offeredByFish(folder: string, ...words: readonly string[]): readonly string[] {
  const file = join(folder, 'davd.fish');
  writeFileSync(file, completionScript(makeProgram(), 'fish'));
  const run = `source ${file}; complete -C "davd ${words.join(' ')}"`;
  const { status, stdout, stderr } = spawnSync('fish', ['-c', run], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
}

/** Typed into zsh with a Tab; every match is put into the line, which is then told. */
const ZSH_SETUP = `
unsetopt prompt_sp; PS1=
autoload -Uz compinit && compinit -D -u
fpath=(. $fpath); autoload -Uz _davd; compdef _davd davd
bindkey '^I' complete-word; bindkey '^X' tell
comppostfuncs=(insert-all)
insert-all() { compstate[insert]=all }
tell() { print -rn -- "$BUFFER" > line; zle kill-whole-line; print told-$((1 + 1)) }
zle -N tell
print set-$((1 + 1))
`;
const ZSH_SESSION = `
zmodload zsh/zpty; zpty session zsh -f -i
zpty -w session 'source ./setup'; zpty -r session seen '*set-2*'
zpty -wn session "$1"$'\\t\\x18'; zpty -r session seen '*told-2*'
`;

/** What zsh offers at a terminal. */
function offeredByZsh(folder: string, ...words: readonly string[]): readonly string[] {
  writeFileSync(join(folder, '_davd'), completionScript(makeProgram(), 'zsh'));
  writeFileSync(join(folder, 'setup'), ZSH_SETUP);
  const line = ['davd', ...words].join(' ');
  const { status, stderr } = spawnSync('zsh', ['-fc', ZSH_SESSION, 'zsh', line], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  const offers = readFileSync(join(folder, 'line'), 'utf8').trimEnd().split(' ').slice(words.length);
  // Where nothing is offered the word stays as it was typed.
  return offers.length === 1 && offers[0] === words.at(-1) ? [] : offers;
}

const cases: [words: string[], offers: string[]][] = [
  [['us'], ['user']],
  [
    ['user', 're'],
    ['remove', 'rename', 'restore'],
  ],
  [['--json', 'device', 'l'], ['list']],
  [['user', 'add', 'user', '--em'], ['--email']],
  [['calendar', 'move', 'alice/work', '--da'], ['--data']],
  [['serv'], ['serve', 'service']],
  [
    ['config', 'get', 'lim'],
    ['limits.contactBytes', 'limits.eventBytes', 'limits.xmlBytes'],
  ],
  [['proxy', 'ca'], ['caddy']],
  [['completion', 'b'], ['bash']],
  [['restore-backup', '/etc/passw'], ['/etc/passwd']],
  [['trace', '--output', '/etc/passw'], ['/etc/passwd']],
  [['user', 'add', '--locale', 'a'], []],
];
const noZsh = spawnSync('zsh', ['--version']).status !== 0 && 'zsh is not installed';
const noFish = spawnSync('fish', ['--version']).status !== 0 && 'fish is not installed';
for (const [words, offers] of cases) {
  const line = `davd ${words.join(' ')}`;
  test(`bash completes ${line}`, () => {
    // Backups of the file that a package manager keeps.
    const found = offered(...words).filter((word) => !word.endsWith('-'));
    assert.deepEqual(found.sort(), offers);
  });
  test(`zsh completes ${line}`, { skip: noZsh }, (t) => {
    const found = offeredByZsh(temporary(t), ...words).filter((word) => !word.endsWith('-'));
    assert.deepEqual([...found].sort(), offers);
  });
  test(`fish completes ${line}`, { skip: noFish }, (t) => {
    const found = offeredByFish(temporary(t), ...words).filter((word) => !word.endsWith('-'));
    assert.deepEqual([...found].sort(), offers);
  });
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'davd-completion-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the manual names every command with its example', () => {
  const page = manualPage(makeProgram(), '2026-01-01');
  assert.match(page, /^\.TH DAVD 1 "2026-01-01" "davd \d/);
  for (const command of ['davd user add <name>', 'davd trace', 'davd device revoke <user> <device>']) {
    assert.ok(page.includes(`.SS "${command.replaceAll('-', '\\-')}"`), command);
  }
  assert.match(page, /davd user add alice \\-\\-display\\-name \\\(dqAlice Liddell\\\(dq/);
});
