/** `davd --help`: all commands on one screen of 24 lines and 80 columns, by what a person wants to do. */

import { styleText } from 'node:util';
import type { Command } from 'commander';

/** Adds a command to its parent. */
export type Adder = (parent: Command) => void;

/** A line of the screen: a command, or several that belong together, with what all of them are for. */
type Row = Adder | { readonly does: string; readonly commands: readonly Adder[] };

export interface Group {
  /** What the person wants. */
  readonly want: string;
  readonly rows: readonly Row[];
}

export function together(does: string, ...commands: readonly Adder[]): Row {
  return { does, commands };
}

interface Line {
  readonly names: string;
  readonly does: string;
}

/** Adds the commands of all groups, and has `--help` of the program show them. `parts`: above and below of them. */
export function addGroups(
  program: Command,
  groups: readonly Group[],
  parts: { readonly above: string; readonly below: string },
): void {
  const sections = groups.map(({ want, rows }) => ({ want, lines: rows.map((row) => addRow(program, row)) }));
  const lines = sections.flatMap((section) => section.lines);
  const wide = {
    want: Math.max(...sections.map(({ want }) => want.length)) + 2,
    names: Math.max(...lines.map(({ names }) => names.length)) + 2,
  };
  const text = sections
    .flatMap((section) =>
      section.lines.map(({ names, does }, index) => {
        const want = (index === 0 ? section.want : '').padEnd(wide.want);
        return `${heading(want)}${names.padEnd(wide.names)}${does}\n`;
      }),
    )
    .join('');
  program.helpInformation = () => `${parts.above}\n${text}${parts.below}\n`;
}

/** Commander takes the colours out again where there is no terminal, or none are wanted. */
export function heading(text: string): string {
  return styleText('bold', text, { validateStream: false });
}

function addRow(program: Command, row: Row): Line {
  const before = program.commands.length;
  const adders = typeof row === 'function' ? [row] : row.commands;
  for (const add of adders) add(program);
  const added = program.commands.slice(before);
  return {
    names: added.map((command) => command.name()).join(', '),
    does: typeof row === 'function' ? (added[0]?.summary() ?? '') : row.does,
  };
}
