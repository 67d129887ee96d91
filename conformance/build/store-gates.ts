/** `npm run gates`: what the gate says of each upstream driver, kept for the site. Needs `cc`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue, type GateResults, validate } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import { readHeader } from '../gate/described.ts';
import { GATE_RESULTS, resultOf } from '../gate/results.ts';
import { itemsOf } from '../gate/undocumented.ts';
import { gateDriver } from '../gate/upstream.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';

/** The drivers of drivers/accel. */
const UPSTREAM = ['amdxdna', 'ethosu', 'habanalabs', 'ivpu', 'qaic', 'rocket'];

const { include } = await fetchHeaders(committedVersion());
const drivers: GateResults['drivers'] = [];
for (const name of UPSTREAM) {
  const header = join(include, catalogue().drivers.get(name)!.facts.header);
  const { facts, text } = await readHeader(header);
  const result = resultOf(name, await gateDriver(name, header, include), itemsOf(facts, text));
  drivers.push(result);
  const refused = result.checks.filter(({ outcome }) => outcome === 'refused');
  console.log(
    `${name}: ${refused.map(({ check, count }) => `${check} (${count})`).join(', ') || 'nothing'} refused`,
  );
}
const path = join(packageRoot(), GATE_RESULTS);
const kernel = catalogue().drivers.get('ethosu')!.facts.kernel;
const results = validate<GateResults>('gateResults', path, { kernel, drivers });
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
