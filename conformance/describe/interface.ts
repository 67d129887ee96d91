/** `accel-uapi describe` for what is no driver: netlink families, and what a node shows beside its calls. */
import { type NetlinkFamily, type NetlinkOperation, netlinkFamilies } from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { Paragraphs } from '../report/paragraphs.ts';
import { UsageError } from '../run/usage-error.ts';
import { netlinkJson } from './netlink.ts';
import { printNetlink } from './netlink-pretty.ts';
import { NODE_DESCRIPTIONS } from './node.ts';

type NodeName = keyof typeof NODE_DESCRIPTIONS;
const NODE_NAMES = Object.keys(NODE_DESCRIPTIONS) as NodeName[];

/** The names that `describeInterface` knows. */
export function interfaceNames(): string[] {
  return [...netlinkFamilies().keys(), ...NODE_NAMES];
}

function findOperation(family: NetlinkFamily, wanted: string): NetlinkOperation {
  const [found, known] = [family.operations.get(wanted.toLowerCase()), [...family.operations.keys()]];
  if (found) return found;
  throw new UsageError(
    `${family.key} has no operation ${wanted}${nearest(wanted, known)}; expected ${known.join(', ')}`,
  );
}

/** Prints the description of that name; false when it is none of these. */
export function describeInterface(
  name: string,
  options: { format?: 'pretty' | 'json' },
  width: number,
  write: (text: string) => void,
): boolean {
  const [first, ...rest] = name.split('.');
  const family = netlinkFamilies().get(first!);
  const node = NODE_NAMES.find(each => each === first);
  if (!family && !node) return false;
  const json = (data: unknown) => write(`${JSON.stringify(data, null, 2)}\n`);
  if (node) {
    if (rest.length > 0) throw new UsageError(`${node} has no parts; expected describe ${node}`);
    if (options.format === 'json') json(NODE_DESCRIPTIONS[node].data());
    else NODE_DESCRIPTIONS[node].print(new Paragraphs(width, write));
    return true;
  }
  const operation = rest.length > 0 ? findOperation(family!, rest.join('.')) : undefined;
  const description = netlinkJson(family!, operation);
  if (options.format === 'json') json(description);
  else printNetlink(description, family!.parts, operation === undefined, new Paragraphs(width, write));
  return true;
}
