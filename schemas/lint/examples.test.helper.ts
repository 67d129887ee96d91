/** The examples of rules as subjects. */
import type { Parser } from 'web-tree-sitter';
import { parse } from 'yaml';
import type { DriverManifest } from '../catalogue/catalogue.ts';
import { commonParams } from '../catalogue/params.ts';
import { readCall, requestsOf } from '../catalogue/read-files.ts';
import { extractFacts } from '../extract/index.ts';
import type { Facts } from '../layout/index.ts';
import type { Example } from './lint-rule.ts';
import { DRM_PRELUDE } from './prelude.ts';
import { type LintSubject, subjectOfFacts } from './subject.ts';

function factsOf(header: string, text: string, parser: Parser): Facts {
  const license = /SPDX-License-Identifier: (.*) \*\//.exec(text)?.[1] ?? 'MIT';
  const source = { package: 'test', version: '1', sha256: '0'.repeat(64), license };
  const include = (path: string) => (path === 'drm/drm.h' ? DRM_PRELUDE : undefined);
  return extractFacts({ header, text, parser, kernel: '7.3.4', source, include });
}

export function subjectOf(example: Example, parser: Parser): LintSubject {
  const facts = factsOf('drm/x_accel.h', example.header, parser);
  const others = example.beside === undefined ? [] : [factsOf('drm/y_accel.h', example.beside, parser)];
  const subject = subjectOfFacts(facts, [], others);
  const calls =
    example.call === undefined
      ? []
      : [
          readCall(
            'x',
            'go.yaml',
            parse(example.call),
            requestsOf([facts]),
            subject.types,
            commonParams,
            false,
          ),
        ];
  const manifest: DriverManifest = {
    driver: 'x',
    header: facts.header,
    module: 'x',
    features: [...(example.features ?? [])],
    level: 'L1',
    kernel: '7.3.4',
    since: '7.3',
    params: {},
    profiles: {},
  };
  return { ...subject, name: 'x', calls, manifest, text: example.header };
}
