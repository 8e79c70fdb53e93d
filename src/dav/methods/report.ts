import { DavError, preconditions, refuse } from '../errors.ts';
import { permit } from '../privileges.ts';
import { method } from '../protocol.ts';
import { existingTypes } from '../resource.ts';

/** RFC 3253 §3.6: the body's root names the report, and the report what must be allowed. */
export const report = method(
  'REPORT',
  existingTypes,
  'read-current-user-privilege-set',
  async (resource, x) => {
    const body = await x.xml();
    if (!body) throw refuse(400, 'a REPORT needs a body that names the report');
    const row = x.protocol.reports(resource).get(body.name);
    if (!row)
      throw refuse(
        preconditions.supportedReport,
        `the report ${body.name} is not available at "${resource.href}"`,
      );
    const permitted = permit(resource, row.privilege);
    if (permitted instanceof DavError) {
      // RFC 4791 §7.10: who may not even know when somebody is busy does not learn what exists.
      throw row.privilege === 'read-free-busy'
        ? refuse(404, `there is nothing at "${resource.href}"`)
        : permitted;
    }
    return row.run(permitted, body, x);
  },
);
