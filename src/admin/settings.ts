/** Settings: what counts, where it comes from, and changing it. */

import {
  environmentName,
  isSetting,
  readSetting,
  resolveSettings,
  SETTINGS,
  type SettingName,
  type SettingSource,
  SettingsError,
  settingNames,
  showSetting,
  sourceOf,
} from '../config.ts';
import { changeStoredSettings, readStoredSettings } from '../config-file.ts';
import type { Administration } from './administration.ts';
import { suggestion } from './nearest.ts';
import { NotThere, Refused } from './refused.ts';

export interface SettingDetails {
  readonly name: SettingName;
  readonly value: unknown;
  readonly default: unknown;
  /** The value as people write it. */
  readonly text: string;
  readonly source: SettingSource;
  /** Environment variable that goes before davd.json. */
  readonly variable: string;
  readonly description: string;
  /** What it must be. */
  readonly allowed: string;
}

export interface ChangedSetting extends SettingDetails {
  /** When the change counts: something else may go before it, or the server must be started again. */
  readonly counts: 'now' | 'after a restart' | 'not while something else goes before it';
}

interface Named {
  readonly name: string;
}

/** All settings, as they count now. */
export async function listSettings(on: Administration): Promise<readonly SettingDetails[]> {
  const stored = (await readStoredSettings(on.data)) ?? {};
  return settingNames().map((name) => details(on, stored, name));
}

/** @throws NotThere */
export async function getSetting(on: Administration, wish: Named): Promise<SettingDetails> {
  return details(on, (await readStoredSettings(on.data)) ?? {}, known(wish.name));
}

/** @throws NotThere; Refused where the value isn't allowed. */
export async function setSetting(
  on: Administration,
  wish: Named & { readonly value: string },
): Promise<ChangedSetting> {
  const name = known(wish.name);
  const value = refusing(() => readSetting(name, wish.value, name));
  return change(on, name, (stored) => ({ ...stored, [name]: value }));
}

/** Takes the default again. @throws NotThere */
export async function unsetSetting(on: Administration, wish: Named): Promise<ChangedSetting> {
  const name = known(wish.name);
  return change(on, name, (stored) =>
    Object.fromEntries(Object.entries(stored).filter(([each]) => each !== name)),
  );
}

/** What all settings say together is tried before it is written. */
async function change(
  on: Administration,
  name: SettingName,
  make: Parameters<typeof changeStoredSettings>[1],
): Promise<ChangedSetting> {
  await changeStoredSettings(on.data, (before) => {
    const after = make(before);
    refusing(() => resolveSettings({ ...on.layers, stored: after }));
    return after;
  }).catch(sentence);
  await on.running?.reload().catch(sentence);
  const stored = (await readStoredSettings(on.data)) ?? {};
  const source = sourceOf(name, { ...on.layers, stored });
  const value = resolveSettings({ ...on.layers, stored })[name];
  return {
    ...details(on, stored, name),
    value,
    text: showSetting(name, value),
    counts:
      source === 'command line' || source === 'environment'
        ? 'not while something else goes before it'
        : on.running && SETTINGS[name].restart
          ? 'after a restart'
          : 'now',
  };
}

function details(
  { settings, layers }: Administration,
  stored: Readonly<Record<string, unknown>>,
  name: SettingName,
): SettingDetails {
  const { default: fallback, description, allowed } = SETTINGS[name];
  return {
    name,
    value: settings[name],
    default: fallback,
    text: showSetting(name, settings[name]),
    source: sourceOf(name, { ...layers, stored }),
    variable: environmentName(name),
    description,
    allowed,
  };
}

function known(name: string): SettingName {
  if (isSetting(name)) return name;
  throw new NotThere(
    `there is no setting "${name}"${suggestion(name, settingNames()) || ': davd config list shows them'}`,
  );
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return sentence(error);
  }
}

function sentence(error: unknown): never {
  throw error instanceof SettingsError ? new Refused(error.message) : error;
}
