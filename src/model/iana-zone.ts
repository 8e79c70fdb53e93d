import { DAY, dayOf, HOUR, MINUTE, SECOND } from './civil.ts';
import { changingZone, UTC, withinCycle, type Zone } from './zone.ts';

/** Offsets over a block of time, in which a zone's clocks change once at most. */
interface Block {
  readonly before: number;
  readonly after: number;
  /** Instant of the change; Infinity where there is none. */
  readonly change: number;
}

/** About 12.4 days: shorter than Morocco's Ramadan time, the shortest there is. */
const BLOCK = 2 ** 30;
/** The tz database begins with local mean times, and ends with rules that go on for ever. */
const FIRST = dayOf(1800, 1, 1) * DAY;
const LAST = dayOf(2500, 1, 1) * DAY;
/** More than any range of dates needs; a bound for hostile ones. */
const MOST_BLOCKS = 10_000;
/** `1/1/1970, GMT-03:30`, with seconds in the days of local mean time. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Names come from strangers' files. */
const MOST_NAMES = 10_000;

const byName = new Map<string, Zone | null>();
const canonical = new Map<string, Zone>([['UTC', UTC]]);

/**
 * A zone of the tz database as it is built into the runtime; null where the name is unknown. However a name is
 * spelled, the zone is the same object, because what it learns about its offsets is kept.
 */
export function ianaZone(name: string): Zone | null {
  let zone = byName.get(name);
  if (zone === undefined) {
    zone = findZone(name);
    if (byName.size >= MOST_NAMES) byName.clear();
    byName.set(name, zone);
  }
  return zone;
}

function findZone(name: string): Zone | null {
  const format = offsetFormat(name);
  if (format === null) return null;
  const { timeZone } = format.resolvedOptions();
  let zone = canonical.get(timeZone);
  if (zone === undefined) {
    zone = changingZone(timeZone, offsetsOf(format));
    canonical.set(timeZone, zone);
  }
  return zone;
}

/** Offsets in ms east of UTC, learned block by block as they are asked for. */
function offsetsOf(format: Intl.DateTimeFormat): (instant: number) => number {
  const blocks = new Map<number, Block>();
  return (asked) => {
    const instant = withinCycle(asked, FIRST, LAST);
    const number = Math.floor(instant / BLOCK);
    let block = blocks.get(number);
    if (block === undefined) {
      block = readBlock(format, number * BLOCK);
      if (blocks.size >= MOST_BLOCKS) blocks.clear();
      blocks.set(number, block);
    }
    return instant < block.change ? block.before : block.after;
  };
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
