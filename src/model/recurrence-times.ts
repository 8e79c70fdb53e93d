import { HOUR, MINUTE, SECOND } from './civil.ts';
import type { Rule } from './rrule.ts';

/**
 * Times within a base (a day, an hour, a minute) at which a rule has its candidates, in ms and in order: the clock half
 * of the table in RFC 5545 §3.3.10. They are told one by one, because a rule may name all 86,400 of a day.
 */
export class TimesOfDay {
  readonly size: number;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];

  private constructor(hours: readonly number[], minutes: readonly number[], seconds: readonly number[]) {
    this.#hours = hours;
    this.#minutes = minutes;
    this.#seconds = seconds;
    this.size = hours.length * minutes.length * seconds.length;
  }

  /** The base itself. */
  static readonly base = new TimesOfDay([0], [0], [0]);

  /** What the rule leaves open is DTSTART's: `startTime` is ms since midnight. */
  static of(rule: Rule, startTime: number): TimesOfDay {
    const { frequency, byHour, byMinute, bySecond } = rule;
    if (frequency === 'SECONDLY') return TimesOfDay.base;
    const seconds = inMs(bySecond, SECOND, Math.floor(startTime / SECOND) % 60);
    if (frequency === 'MINUTELY') return new TimesOfDay([0], [0], seconds);
    const minutes = inMs(byMinute, MINUTE, Math.floor(startTime / MINUTE) % 60);
    if (frequency === 'HOURLY') return new TimesOfDay([0], minutes, seconds);
    return new TimesOfDay(inMs(byHour, HOUR, Math.floor(startTime / HOUR)), minutes, seconds);
  }

  /** `index` is less than the size. */
  at(index: number): number {
    const [hours, minutes, seconds] = [this.#hours, this.#minutes, this.#seconds];
    const minute = Math.floor(index / seconds.length);
    return (
      (hours[Math.floor(minute / minutes.length)] ?? 0) +
      (minutes[minute % minutes.length] ?? 0) +
      (seconds[index % seconds.length] ?? 0)
    );
  }

  /** Index of the first that is not before a time; the size if all are. */
  firstFrom(time: number): number {
    let low = 0;
    let high = this.size;
    if (time <= this.at(0)) return 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function inMs(asked: readonly number[], unit: number, otherwise: number): readonly number[] {
  return asked.length > 0 ? asked.map((value) => value * unit) : [otherwise * unit];
}
