/** Command-line options that are settings: validated by the settings' own table. */

import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readSetting, SETTINGS, type SettingName, type Settings, SettingsError } from '../config.ts';

/** `settingOption('--listen <host:port>', 'listen')`; the option is called as the setting is. */
export function settingOption<K extends SettingName>(flags: string, name: K): Option {
  return new Option(flags, lowerFirst(SETTINGS[name].description)).argParser((text) => parse(name, text));
}

/** An option that may be given several times for a setting that is a list. */
export function listOption(flags: string, name: 'trustProxy' | 'acme'): Option {
  return new Option(flags, `${lowerFirst(SETTINGS[name].description)} (repeatable)`).argParser(
    (text, earlier: readonly string[] | undefined) => [...(earlier ?? []), ...parse(name, text)],
  );
}

/** An option that is the path of a file, from the folder that the person is in. */
export function fileOption(flags: string, name: 'tlsCert' | 'tlsKey' | 'acmeDnsHook'): Option {
  return new Option(flags, lowerFirst(SETTINGS[name].description)).argParser((text) =>
    parse(name, resolve(text)),
  );
}

function parse<K extends SettingName>(name: K, text: string): Settings[K] {
  try {
    return readSetting(name, text, name);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new InvalidArgumentError(`It must be ${SETTINGS[name].allowed}.`);
  }
}

function lowerFirst(sentence: string): string {
  const rest = sentence.slice(1).replace(/\.$/, '');
  // URL stays as it is.
  return (/^[A-Z]/.test(rest) ? sentence.charAt(0) : sentence.charAt(0).toLowerCase()) + rest;
}
