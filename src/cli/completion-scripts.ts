/** The scripts by which shells complete davd. */

import { type Entry, optionsThatTake, pathsOf } from './completion-words.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, (entries: readonly Entry[]) => string>> = { bash, zsh, fish };

export function scriptFor(shell: Shell, entries: readonly Entry[]): string {
  return SCRIPTS[shell](entries);
}

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(
    ({ path, words, files }) =>
      `    "${path}") words="${words.map(({ word }) => word).join(' ')}"${files ? ' files=yes' : ''} ;;`,
  );
  return `_davd() {
  local current="\${COMP_WORDS[COMP_CWORD]}" named="" files="" word words
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    ${optionsThatTake('file', entries)}|-o) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${optionsThatTake('value', entries)}) COMPREPLY=(); return ;;
  esac
${choice(`"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, entries)}
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"; [ -z "$files" ] || compgen -f -- "$current"))
}
complete -F _davd davd
`;
}

/** For bash and zsh, up to the cases: the words of the command line that name a command choose the entry. */
function choice(given: string, entries: readonly Entry[]): string {
  return `  for word in ${given}; do
    case "$word" in
      -*) ;;
      *) case " ${pathsOf(entries)} " in *" \${named:+$named/}$word "*) named="\${named:+$named/}$word" ;; esac ;;
    esac
  done
  case "\${named//\\// }" in`;
}

/** As bash, with what each word is for. In a folder of $fpath the file is the function itself, and is called as it is loaded. */
function zsh(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, words, files }) => {
    const offers = words.map(({ word, help }) => ` '${word}:${help.replaceAll("'", "'\\''")}'`);
    return `    "${path}") offers=(${offers.join('')} )${files ? ' files=yes' : ''} ;;`;
  });
  return `#compdef davd
_davd() {
  local named="" files="" word
  local -a offers
  case "\${words[CURRENT-1]}" in
    ${optionsThatTake('file', entries)}|-o) _files; return ;;
    ${optionsThatTake('value', entries)}) return 1 ;;
  esac
${choice(`"\${(@)words[2,CURRENT-1]}"`, entries)}
${cases.join('\n')}
  esac
  _describe davd offers
  [ -z "$files" ] || _files
}
if [ "\${funcstack[1]}" = _davd ]; then _davd "$@"; else compdef _davd davd; fi
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) => {
    const condition = fishCondition(entry, entries);
    const words = entry.words.map(({ word, help, takes }) => {
      const value = takes === undefined ? '-f' : takes === 'file' ? '-rF' : '-x';
      const what = word.startsWith('--') ? `${value} -l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c davd${condition} ${what} -d '${help.replaceAll("'", "\\'")}'`;
    });
    return entry.files ? [...words, `complete -c davd${condition} -F`] : words;
  });
  return `complete -c davd -f\n${lines.join('\n')}\n`;
}

/** All words of the entry are there, and none of a command below it. */
function fishCondition({ path }: Entry, entries: readonly Entry[]): string {
  const names = path.split(' ').filter(Boolean);
  const below = entries
    .map((each) => each.path.split(' ').filter(Boolean))
    .filter((each) => each.length === names.length + 1 && each.slice(0, -1).join(' ') === path)
    .map((each) => each.at(-1));
  const conditions = [
    ...names.map((name) => `__fish_seen_subcommand_from ${name}`),
    ...(below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []),
  ];
  return conditions.length > 0 ? ` -n '${conditions.join('; and ')}'` : '';
}
