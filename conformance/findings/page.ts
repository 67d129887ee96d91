/** docs/findings.md: every finding with the steps that show it, printed from the list. */
import type { Finding } from './finding.ts';
import { FOUND_ON } from './found-on.ts';
import { makeProgram, modelOf } from './program.ts';

const WHO = {
  client: 'any process that may open the node, without a capability',
  root: 'root',
} as const;

/** What shows it, in words. */
function sign({ log, ends, holds }: Finding, step: number): string {
  if (ends) return `step ${step} ends with ${ends.wrong}; right is ${ends.right}`;
  if (holds) return `step ${step} finds in ${holds.what} ${holds.means}; right is ${holds.right}`;
  return `a kernel message that matches \`${log!.source.replaceAll('\\/', '/')}\``;
}

function conditions({ lie, device, parameters, presets }: Finding): string[] {
  return [
    ...(lie ? [`a device that lies: ${lie}`] : []),
    ...(device && !lie ? [`a device whose jobs end so: ${device.kind}`] : []),
    ...(presets && !lie ? [`registers: ${presets.map(({ name, value }) => `${name} is ${value}`)}`] : []),
    ...(parameters ? [`kernel parameters: \`${parameters.join(' ')}\``] : []),
  ];
}

async function section(finding: Finding): Promise<string[]> {
  const link = modelOf(finding);
  const { labels, step } = await makeProgram(finding, link, undefined);
  await link.close();
  const needs = conditions(finding);
  return [
    `## ${finding.id}`,
    '',
    finding.title,
    '',
    `- by: ${WHO[finding.who]}`,
    `- seen on: \`${finding.target}\`, Linux ${FOUND_ON}, \`${finding.source}\``,
    `- clause: \`${finding.clause}\` at \`${finding.call}\``,
    `- seen as: ${sign(finding, step)}`,
    ...(needs.length > 0 ? [`- needs: ${needs.join('; ')}`] : []),
    ...(finding.deviation ? [`- recorded as: \`${finding.deviation}\``] : []),
    '',
    ...labels.map((label, at) => `${at}. ${label}`),
    '',
  ];
}

export async function findingsPage(findings: readonly Finding[]): Promise<string> {
  const sections: string[][] = [];
  for (const finding of findings) sections.push(await section(finding));
  return [
    '# Findings',
    '',
    '<!-- Generated from conformance/findings; do not edit. -->',
    '',
    `Defects of the unmodified Linux ${FOUND_ON} that Debian ships, ${findings.length} in number: each is shown by the steps below it on a`,
    'virtual machine, and by the same steps as a C program that is the only program of a machine just booted.',
    '`npm run test:findings` shows them all again; `--out DIR` keeps the C programs, and traces for `accel-uapi replay`.',
    '',
    ...sections.flat(),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
