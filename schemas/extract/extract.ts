import type { Parser } from 'web-tree-sitter';
import type { ConstantFact, Facts, IoctlFact, SourceFact, UnresolvedFact } from '../layout/types.ts';
import { readDeclarations } from './declarations.ts';
import { NotConstant } from './expression.ts';
import { EXTERNALS, type External } from './externals.ts';
import { expand, type Macro } from './macros.ts';
import { type Include, type Preprocessed, preprocess } from './preprocess.ts';
import { isRequest, parseRequest } from './requests.ts';
import { Scopes, valueFact } from './scopes.ts';
import { renderSource } from './source-text.ts';

export interface ExtractInput {
  /** Path below the include root, such as `drm/ethosu_accel.h`. */
  readonly header: string;
  readonly text: string;
  /** A web-tree-sitter parser with the C language set. */
  readonly parser: Parser;
  /** Kernel release the header belongs to, such as `7.3.4`. */
  readonly kernel: string;
  readonly source: SourceFact;
  /** Text of an included header; without it includes are left out. */
  readonly include?: Include;
  /** Macros that no uAPI header defines; {@link EXTERNALS} when left out. */
  readonly externals?: readonly External[];
}

/** A header that cannot be read at all; the message names the place. */
export class ExtractError extends Error {}

function byLine(a: { line: number }, b: { line: number }): number {
  return a.line - b.line;
}

/** Why a macro without a usable value has none, when its form says so. */
function reasonOfForm(macro: Macro, guards: ReadonlySet<string>): string | undefined {
  if (macro.params) return 'the macro takes parameters';
  if (guards.has(macro.name)) return 'it guards the header against a second inclusion';
  return macro.body.length === 0 ? 'it is defined as nothing' : undefined;
}

interface MacroFacts {
  readonly constants: ConstantFact[];
  readonly ioctls: IoctlFact[];
  readonly unresolved: UnresolvedFact[];
}

function readMacros(run: Preprocessed, externals: readonly External[], scopes: Scopes): MacroFacts {
  const facts: MacroFacts = { constants: [], ioctls: [], unresolved: [] };
  for (const macro of run.own) {
    const { name, line } = macro;
    try {
      const form = reasonOfForm(macro, run.guards);
      if (form) throw new NotConstant(form);
      const used = new Set<string>();
      const tokens = expand(macro.body, run.macros, used);
      if (isRequest(tokens)) {
        facts.ioctls.push({ name, ...parseRequest(tokens, scopes.lp64), line });
        continue;
      }
      const rests = externals.filter(one => used.has(one.name) && run.macros.get(one.name)?.file === '');
      const value = valueFact(scopes.evaluate(tokens));
      facts.constants.push({
        name,
        ...value,
        ...(rests.length > 0 ? { externals: rests.map(one => one.name) } : {}),
        line,
      });
    } catch (error) {
      if (!(error instanceof NotConstant)) throw error;
      facts.unresolved.push({ name, line, reason: error.message });
    }
  }
  return facts;
}

/**
 * Reads what a uAPI header says. The header is preprocessed as a C program on Linux would see it, so constants,
 * request numbers in enums, pasted macro names and definitions inside structs all come out; what has no value is
 * listed in `unresolved` with the reason. Pure: the same input gives the same facts.
 */
export function extractFacts(input: ExtractInput): Facts {
  const { header, kernel, source } = input;
  const externals = input.externals ?? EXTERNALS;
  const scopes = new Scopes();
  try {
    const run = preprocess(
      header,
      input.text,
      input.include ?? (() => undefined),
      externals.map(one => one.define),
    );
    const declared = readDeclarations(renderSource(run.tokens), header, input.parser, scopes);
    const macros = readMacros(run, externals, scopes);
    const conditions = run.abiConditions.map(token => ({
      name: token.text,
      line: token.line,
      reason: 'a condition depends on the ABI; what a 64-bit program sees was taken',
    }));
    return {
      header,
      kernel,
      source,
      constants: macros.constants,
      enums: declared.enums,
      types: declared.types,
      typedefs: declared.typedefs,
      ioctls: [...declared.ioctls, ...macros.ioctls].sort(byLine),
      unresolved: [...declared.unresolved, ...macros.unresolved, ...conditions].sort(byLine),
    };
  } catch (error) {
    if (error instanceof NotConstant) throw new ExtractError(error.message);
    throw error;
  }
}
