import { preconditions, refuse } from '../errors.ts';
import { method } from '../protocol.ts';
import { existingTypes } from '../resource.ts';

/** RFC 3253 §3.6: the body's root names the report. */
export const report = method('REPORT', existingTypes, 'read', async (resource, x) => {
  const body = await x.xml();
  if (!body) throw refuse(400, 'a REPORT needs a body that names the report');
  const row = x.protocol.reports(resource.type).get(body.name);
  if (!row)
    throw refuse(
      preconditions.supportedReport,
      `the report ${body.name} is not available at "${resource.href}"`,
    );
  return row.run(resource, body, x);
});
