/** Looks whether a device has the node for information of the management profile (spec/chapters/18-control.md). */
import { usualControlPath, withControl } from '../../reference/index.ts';
import { type DriverDescription, type Link, protocol, recordLayout } from '../../schemas/index.ts';
import { addressOf, ProgramBuilder } from '../plan/builder.ts';

/** The description with that node, where it is there and the description does not say what it takes. */
export async function asManaged(
  link: Link,
  driver: DriverDescription,
  minor: number,
): Promise<DriverDescription> {
  if (driver.manifest.control_calls) return driver;
  const builder = new ProgramBuilder();
  const status = builder.buffer(recordLayout(protocol, 'file_status').size, { align: 'start' });
  const path = usualControlPath(minor);
  builder.step(`stat ${path}`, 'stat', [builder.path(path), addressOf(status)]);
  const [result] = (await link.run(builder.build())).results;
  return result?.errno === 0 ? withControl(driver) : driver;
}
