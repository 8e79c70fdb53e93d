import { HOUR, MINUTE, SECOND } from './civil.ts';
import { changingZone, UTC, type Zone } from './zone.ts';

/** Offsets over a block of time, in which a zone's clocks change once at most. */
interface Block {
  readonly before: number;
  readonly after: number;
  /** Instant of the change; Infinity where there is none. */
  readonly change: number;
}

/** About 12.4 days: shorter than Morocco's Ramadan time, the shortest there is. */
const BLOCK = 2 ** 30;
/** More than any range of dates needs; a bound for hostile ones. */
const MOST_BLOCKS = 50_000;
/** `1/1/1970, GMT-03:30`, with seconds in the days of local mean time. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

const zones = new Map<string, Zone | null>();

/**
 * A zone of the tz database as it is built into the runtime; null where the name is unknown. The same object is given
 * for the same name, because what it learns about its offsets is kept.
 */
export function ianaZone(name: string): Zone | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = name === 'UTC' ? UTC : makeZone(name);
  // Names come from strangers' files.
  if (zone !== null || zones.size < 10_000) zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone | null {
  const format = offsetFormat(name);
  if (format === null) return null;
  const blocks = new Map<number, Block>();
  return changingZone(name, (instant) => {
    const number = Math.floor(instant / BLOCK);
    let block = blocks.get(number);
    if (block === undefined) {
      block = readBlock(format, number * BLOCK);
      if (blocks.size >= MOST_BLOCKS) blocks.clear();
      blocks.set(number, block);
    }
    return instant < block.change ? block.before : block.after;
  });
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readBlock(format: Intl.DateTimeFormat, start: number): Block {
  const before = readOffset(format, start);
  const after = readOffset(format, start + BLOCK - SECOND);
  if (before === after) return { before, after, change: Infinity };
  // Clocks change at whole seconds.
  let low = Math.floor(start / SECOND);
  let high = Math.floor((start + BLOCK) / SECOND);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (readOffset(format, middle * SECOND) === before) low = middle;
    else high = middle;
  }
  return { before, after, change: high * SECOND };
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const found = OFFSET.exec(format.format(instant));
  const [, sign, hours, minutes, seconds = 0] = found ?? [];
  if (sign === undefined) return 0;
  const offset = Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
  return sign === '-' ? -offset : offset;
}
