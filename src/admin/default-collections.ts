/** What a new user starts with: a calendar, a task list and an address book. */

import type { Change, Kind, PropertyName, UserId } from '../store/types.ts';

interface DefaultCollection {
  readonly kind: Kind;
  readonly name: string;
  readonly components: readonly string[];
  readonly protected: boolean;
  readonly color: string;
  readonly title: keyof Titles;
}

interface Titles {
  readonly calendar: string;
  readonly tasks: string;
  readonly contacts: string;
}

/**
 * Tasks have their own list: a collection for both shows up in Apple's Calendar and Reminders, and deleting it in
 * one takes the other's items along (pimutils/vdirsyncer#824).
 */
const COLLECTIONS: readonly DefaultCollection[] = [
  {
    kind: 'calendar',
    name: 'default',
    components: ['VEVENT', 'VJOURNAL'],
    protected: true,
    color: '#1E88E5FF',
    title: 'calendar',
  },
  {
    kind: 'calendar',
    name: 'tasks',
    components: ['VTODO'],
    protected: false,
    color: '#FB8C00FF',
    title: 'tasks',
  },
  {
    kind: 'addressbook',
    name: 'default',
    components: [],
    protected: true,
    color: '#43A047FF',
    title: 'contacts',
  },
];

const COLOR: Readonly<Record<Kind, PropertyName>> = {
  calendar: '{http://apple.com/ns/ical/}calendar-color',
  addressbook: '{http://inf-it.com/ns/ab/}addressbook-color',
};

const ENGLISH: Titles = { calendar: 'Calendar', tasks: 'Tasks', contacts: 'Contacts' };

/** By primary language subtag (BCP 47). */
const TITLES: Readonly<Record<string, Titles>> = {
  cs: { calendar: 'Kalendář', tasks: 'Úkoly', contacts: 'Kontakty' },
  da: { calendar: 'Kalender', tasks: 'Opgaver', contacts: 'Kontakter' },
  de: { calendar: 'Kalender', tasks: 'Aufgaben', contacts: 'Kontakte' },
  en: ENGLISH,
  es: { calendar: 'Calendario', tasks: 'Tareas', contacts: 'Contactos' },
  fi: { calendar: 'Kalenteri', tasks: 'Tehtävät', contacts: 'Yhteystiedot' },
  fr: { calendar: 'Agenda', tasks: 'Tâches', contacts: 'Contacts' },
  it: { calendar: 'Calendario', tasks: 'Attività', contacts: 'Contatti' },
  ja: { calendar: 'カレンダー', tasks: 'タスク', contacts: '連絡先' },
  ko: { calendar: '캘린더', tasks: '할 일', contacts: '연락처' },
  nb: { calendar: 'Kalender', tasks: 'Oppgaver', contacts: 'Kontakter' },
  nl: { calendar: 'Agenda', tasks: 'Taken', contacts: 'Contacten' },
  nn: { calendar: 'Kalender', tasks: 'Oppgåver', contacts: 'Kontaktar' },
  no: { calendar: 'Kalender', tasks: 'Oppgaver', contacts: 'Kontakter' },
  pl: { calendar: 'Kalendarz', tasks: 'Zadania', contacts: 'Kontakty' },
  pt: { calendar: 'Calendário', tasks: 'Tarefas', contacts: 'Contatos' },
  ru: { calendar: 'Календарь', tasks: 'Задачи', contacts: 'Контакты' },
  sv: { calendar: 'Kalender', tasks: 'Uppgifter', contacts: 'Kontakter' },
  uk: { calendar: 'Календар', tasks: 'Завдання', contacts: 'Контакти' },
  zh: { calendar: '日历', tasks: '任务', contacts: '通讯录' },
};

/** By language and region or script, where they write otherwise than the language at large. */
const REGIONAL: Readonly<Record<string, Titles>> = {
  'pt-PT': { calendar: 'Calendário', tasks: 'Tarefas', contacts: 'Contactos' },
  'zh-Hant': { calendar: '行事曆', tasks: '工作', contacts: '聯絡人' },
};

/** The changes that give `user` the collections above, named in the language of `locale` (BCP 47). */
export function defaultCollections(user: UserId, locale: string): readonly Change[] {
  const titles = titlesIn(locale);
  return COLLECTIONS.map(({ kind, name, components, protected: kept, color, title }, index) => ({
    do: 'create-collection',
    user,
    kind,
    name,
    components,
    protected: kept,
    properties: {
      '{DAV:}displayname': titles[title],
      [COLOR[kind]]: color,
      '{http://apple.com/ns/ical/}calendar-order': String(index + 1),
    },
  }));
}

function titlesIn(locale: string): Titles {
  const { language, region, script } = new Intl.Locale(locale).maximize();
  return (
    REGIONAL[`${language}-${region}`] ?? REGIONAL[`${language}-${script}`] ?? TITLES[language] ?? ENGLISH
  );
}
