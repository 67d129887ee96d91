/** Makes interfaces of the short texts that rules and tests show. */
import type { Parser } from 'web-tree-sitter';
import { parse, parseAllDocuments } from 'yaml';
import { walk } from '../catalogue/rules.ts';
import { extractFacts } from '../extract/index.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import { buildTypeTable, type Facts, layoutOf } from '../layout/index.ts';
import { validate } from '../validate/validate.ts';
import type { DescribedCall, Interface } from './interface.ts';
import { type Overlay, readFamily } from './netlink.ts';
import type { Example } from './rule.ts';

const known = new Map<string, Facts>();

export function factsOfText(parser: Parser, header: string, text: string): Facts {
  const facts = known.get(`${header} ${text}`) ?? extract(parser, header, text);
  known.set(`${header} ${text}`, facts);
  return facts;
}

function extract(parser: Parser, header: string, text: string): Facts {
  const source = { package: 'example', version: '1', sha256: '0'.repeat(64), license: 'MIT' };
  return extractFacts({ header, text: `${text}\n`, parser, kernel: '7.3.4', source });
}

const WRITTEN = { clause: 'argument.value', basis: 'code', source: 'x.c:1', evidence: 'read' };

/** A call as an example has it: what every call must have and this one leaves out is filled in. */
function callOf(facts: Facts, given: Partial<Semantics>): DescribedCall {
  const types = buildTypeTable([facts]);
  const members = layoutOf(types, 'x_args', 'x86_64').fields.map(({ path }) => [
    path,
    { direction: path === 'pad' ? 'unused' : 'in', role: path === 'pad' ? 'reserved' : 'value' },
  ]);
  const semantics = {
    call: 'DRM_IOCTL_X',
    key: 'x',
    summary: 'An example.',
    ...given,
    fields: { ...Object.fromEntries(members), ...given.fields },
    body: structuredClone(given.body ?? []),
  };
  for (const rule of walk(semantics.body)) {
    const cited = 'check' in rule || 'set' in rule || 'write' in rule;
    if (cited) Object.assign(rule, { ...WRITTEN, ...rule });
  }
  return { owner: 'x', semantics: validate<Semantics>('semantics', 'the example', semantics) };
}

export function readExample(parser: Parser, example: Example): Interface {
  const { header, headers = {}, call, netlink, overlay } = example;
  const texts = header === undefined ? headers : { 'drm/x.h': header };
  const facts = Object.entries(texts).map(([path, text]) => factsOfText(parser, path, text));
  const documents = call === undefined ? [] : parseAllDocuments(call).map(document => document.toJS());
  return {
    name: 'example',
    facts,
    calls: documents.map(document => callOf(facts[0]!, document as Partial<Semantics>)),
    families:
      netlink === undefined
        ? []
        : [readFamily('x.yaml', parse(netlink), overlay === undefined ? [] : [parse(overlay) as Overlay])],
  };
}
