/** `accel-uapi probe`: what a target refuses although its description does not say so, as checks to be completed. */
import { stringify } from 'yaml';
import { type Probed, probe } from '../probe/probe.ts';
import { identify } from '../run/identity.ts';
import { UsageError } from '../run/usage-error.ts';
import { openTarget } from '../targets/open.ts';
import { wholeNumber } from './numbers.ts';

export interface ProbeFlags {
  readonly descriptions?: string;
  readonly seed: string;
  readonly format?: 'yaml' | 'json';
}

export async function runProbe(
  name: string,
  flags: ProbeFlags,
  write: (text: string) => void,
): Promise<number> {
  const seed = wholeNumber('--seed', flags.seed, 0);
  const drivers =
    flags.descriptions === undefined
      ? {}
      : { drivers: (await import('./header-facts.ts')).readDescriptions(flags.descriptions) };
  const target = await openTarget(name);
  try {
    const { link } = target;
    const { driver, version, nodePath, minor, minors, params } = await identify(link, {
      ...(target.nodePath ? { nodePath: target.nodePath } : {}),
      ...drivers,
    });
    if (![...driver.calls.values()].some(({ id }) => !id.startsWith('drm.')))
      throw new UsageError(
        `no call of the driver ${version?.name ?? driver.name} is described, so there is no good call to change; make descriptions with extract --answers and name them with --descriptions`,
      );
    const { hello } = link;
    const context = { driver, hello, nodePath, minor, minors, params, seed };
    const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
    const about = `seen on ${hello.release}; the driver's line is to be named`;
    const probed = await probe(link, context, setup, about);
    write(flags.format === 'json' ? `${JSON.stringify(probed.proposals, null, 1)}\n` : yamlOf(probed));
    return 0;
  } finally {
    await target.close();
  }
}

function yamlOf({ proposals, untried, steps }: Probed): string {
  const calls = [...new Set(proposals.map(({ call }) => call))];
  const lines = calls.flatMap(call => [
    `# ${call}: for its body, at the place that the driver's source has it`,
    ...proposals
      .filter(each => each.call === call)
      .flatMap(({ check, seen }) => [`# refused: ${seen}`, stringify([check], { lineWidth: 0 }).trimEnd()]),
    '',
  ]);
  const checks = `${proposals.length} ${proposals.length === 1 ? 'check' : 'checks'}`;
  return [
    ...lines,
    ...[...untried].map(([call, why]) => `# ${call} was not tried: ${why}`),
    `# ${checks} proposed after ${steps} steps`,
    '',
  ].join('\n');
}
