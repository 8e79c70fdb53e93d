import { expectStatus, firstText, minutesOf } from './answers.ts';
import { Connection } from './connection.ts';
import { eventName, isBusy, occurrences, type Range } from './data/events.ts';
import { type Places, Requests } from './requests.ts';
import type { Server } from './servers/server.ts';

const HOMES = '<C:calendar-home-set/><CR:addressbook-home-set/>';

/** A server with the collections that are measured on it, and what must be in them. */
export class Subject {
  readonly server: Server;
  readonly places: Places;
  readonly requests: Requests;
  readonly events = new Contents();
  cards = 0;
  /** MB of memory before there was anything, and with everything after a start, where they were measured. */
  idle: number | undefined;
  loaded: number | undefined;

  private constructor(server: Server, places: Places, requests: Requests) {
    this.server = server;
    this.places = places;
    this.requests = requests;
  }

  /** Finds the homes as a client does (RFC 5397, RFC 4791 §6.2.1) and makes an empty calendar and address book. */
  static async prepare(server: Server): Promise<Subject> {
    const requests = new Requests(server.login, server.origin.host);
    const connection = await Connection.open(server.origin);
    const ask = async (path: string, property: string, content = property) => {
      const answer = await connection.send(requests.propfind(path, '0', content));
      return pathOf(firstText(expectStatus(answer, 207), property.replace(/.*:|\/>/g, '')));
    };
    const { pathname } = server.origin;
    const principal = await ask(pathname, '<D:current-user-principal/>');
    const calendarHome = await ask(principal, '<C:calendar-home-set/>', HOMES);
    const cardHome = await ask(principal, '<CR:addressbook-home-set/>', HOMES);
    const places = {
      calendarHome,
      calendar: `${calendarHome}bench/`,
      addressBook: `${cardHome}bench-cards/`,
    };
    expectStatus(await connection.send(requests.makeCalendar(places.calendar)), 201);
    expectStatus(await connection.send(requests.makeAddressBook(places.addressBook)), 201);
    connection.close();
    return new Subject(server, places, requests);
  }

  connect(count: number): Promise<Connection[]> {
    return Promise.all(Array.from({ length: count }, () => Connection.open(this.server.origin)));
  }

  /** Path of an event. */
  path(i: number): string {
    return this.places.calendar + eventName(i);
  }

  /** Removes the collections; for a server that goes on. */
  async clear(): Promise<void> {
    const connection = await Connection.open(this.server.origin);
    for (const path of [this.places.calendar, this.places.addressBook])
      expectStatus(await connection.send(this.requests.delete(path)), 200, 204);
    connection.close();
  }
}

/** Which events a calendar has: numbers 0 to `count`, each in some version. */
export class Contents {
  count = 0;
  readonly #versions = new Map<number, number>();

  version(i: number): number {
    return this.#versions.get(i) ?? 0;
  }

  update(i: number): number {
    const version = this.version(i) + 1;
    this.#versions.set(i, version);
    return version;
  }

  set(i: number, version: number): void {
    this.#versions.set(i, version);
  }

  names(): string[] {
    return Array.from({ length: this.count }, (_, i) => eventName(i));
  }

  /** Names of those that happen within a range, and how often they do in all. */
  within(range: Range): { names: string[]; times: number } {
    const names: string[] = [];
    let times = 0;
    for (let i = 0; i < this.count; i++) {
      const found = occurrences(i, range).length;
      if (found > 0) names.push(eventName(i));
      times += found;
    }
    return { names, times };
  }

  /** Minutes of a range that are taken. */
  busyMinutes(range: Range): number {
    const busy: Range[] = [];
    for (let i = 0; i < this.count; i++) if (isBusy(i)) busy.push(...occurrences(i, range));
    return minutesOf(busy);
  }
}

/** The path in an href that may be a whole URL, or stand in an element of its own. */
function pathOf(href: string): string {
  const path = href
    .replace(/<[^>]*>/g, '')
    .trim()
    .replace(/^https?:\/\/[^/]+/, '');
  return path.endsWith('/') ? path : `${path}/`;
}
