/**
 * `npm run undocumented -- [--include DIR] [DRIVER ...]`: the items of each driver's header of which no comment says what
 * they are. The headers are those of the newest kernel's linux-libc-dev, unless a folder is named.
 */
import { catalogue } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { readHeader } from '../gate/described.ts';
import { itemsOf } from '../gate/undocumented.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';
import { headerPath } from './own-headers.ts';

const { values, positionals } = scriptArgs({
  options: { include: { type: 'string' } },
  allowPositionals: true,
});
const { drivers } = catalogue();
const names = positionals.length > 0 ? positionals : [...drivers.keys()];
const unknown = names.filter(name => !drivers.has(name));
if (unknown.length > 0) {
  console.error(`there is no driver ${unknown.join(', ')}; expected ${[...drivers.keys()].join(', ')}`);
  process.exit(2);
}
const include = values.include ?? (await fetchHeaders(committedVersion())).include;
for (const name of names) {
  const { facts, text } = await readHeader(headerPath(include, drivers.get(name)!.facts.header));
  const items = itemsOf(facts, text);
  const bare = items.filter(({ documented }) => !documented);
  console.log(`${name}: ${bare.length} of ${items.length} items have no comment`);
  for (const { kind, name: item, line } of bare) console.log(`  ${line}\t${kind}\t${item}`);
}
