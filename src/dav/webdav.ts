import { acl } from './methods/acl.ts';
import { mkcol, remove } from './methods/collections.ts';
import { copy, move } from './methods/copy-move.ts';
import { lock, unlock } from './methods/locking.ts';
import { post, put } from './methods/objects.ts';
import { propfind } from './methods/propfind.ts';
import { proppatch } from './methods/proppatch.ts';
import { get, head, options } from './methods/reading.ts';
import { report } from './methods/report.ts';
import { aclProperties } from './properties/acl.ts';
import { principalProperties } from './properties/principal.ts';
import { quotaProperties } from './properties/quota.ts';
import { syncProperties } from './properties/sync.ts';
import { addMember, supportedReportSet, webdavProperties } from './properties/webdav.ts';
import type { Extension } from './protocol.ts';
import { aclPrincipalPropSet } from './reports/acl-principal-prop-set.ts';
import { expandProperty } from './reports/expand-property.ts';
import { principalMatch } from './reports/principal-match.ts';
import {
  calendarserverPrincipalSearch,
  principalPropertySearch,
  principalSearchPropertySet,
} from './reports/principal-search.ts';
import { syncCollection } from './reports/sync-collection.ts';

/** Everything that calendars and address books have in common: the whole surface in four lists. */
export const webdav: Pick<Extension, 'compliance' | 'methods' | 'properties' | 'reports'> = {
  // RFC 4918 §18, RFC 5689, RFC 3744
  compliance: ['1', '2', '3', 'extended-mkcol', 'access-control'],
  methods: [
    options,
    get,
    head,
    post,
    put,
    remove,
    propfind,
    proppatch,
    report,
    mkcol,
    copy,
    move,
    lock,
    unlock,
    acl,
  ],
  properties: [
    ...webdavProperties,
    supportedReportSet,
    addMember,
    ...quotaProperties,
    ...aclProperties,
    ...syncProperties,
    ...principalProperties,
  ],
  reports: [
    expandProperty,
    aclPrincipalPropSet,
    principalMatch,
    principalPropertySearch,
    principalSearchPropertySet,
    calendarserverPrincipalSearch,
    syncCollection,
  ],
};
