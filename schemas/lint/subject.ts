/** What lint looks at: a header's facts, and what is known beside them. */
import type { CallDescription, DriverDescription, DriverManifest } from '../catalogue/catalogue.ts';
import {
  ABI_NAMES,
  buildTypeTable,
  type Facts,
  type FieldLayout,
  type Layout,
  LayoutError,
  layoutOf,
  type TypeTable,
} from '../layout/index.ts';
import type { AbiName } from '../program/program.ts';

export interface LintSubject {
  /** The driver's name in the collection, else the header. */
  readonly name: string;
  readonly facts: Facts;
  /** The header's types with those of the headers it builds on. */
  readonly types: TypeTable;
  /** Text of the header, where comments can be looked at. */
  readonly text?: string;
  /** The driver's own calls, as far as they are described. */
  readonly calls: readonly CallDescription[];
  readonly manifest?: DriverManifest;
  /** Headers of which a program may include one beside this. */
  readonly others: readonly Facts[];
}

/** The core's own headers: numbers and names of theirs are nobody's else. */
export const CORE_HEADERS: readonly string[] = ['drm/drm.h', 'drm/drm_mode.h'];

export function isCore({ facts }: LintSubject): boolean {
  return CORE_HEADERS.includes(facts.header);
}

/** A driver of the catalogue as a subject. */
export function subjectOfDriver(driver: DriverDescription, others: readonly Facts[]): LintSubject {
  const { name, facts, types, manifest } = driver;
  const calls = [...driver.calls.values()].filter(({ id }) => id.startsWith(`${name}.`));
  return { name, facts, types, manifest, calls, others: others.filter(one => one.header !== facts.header) };
}

/** A header alone as a subject; `shared` are the headers that it may include. */
export function subjectOfFacts(
  facts: Facts,
  shared: readonly Facts[],
  others: readonly Facts[] = [],
): LintSubject {
  const besides = shared.filter(one => one.header !== facts.header);
  return {
    name: facts.header,
    facts,
    types: buildTypeTable([...besides, facts]),
    calls: [],
    others: others.filter(one => one.header !== facts.header),
  };
}

/** `drm/ivpu_accel.h:346`. */
export function at({ facts }: LintSubject, line: number): string {
  return `${facts.header}:${line}`;
}

/** The layout, or undefined when the facts lack a type it is made of: another rule tells that. */
export function layoutIn({ types }: LintSubject, name: string, abi: AbiName): Layout | undefined {
  try {
    return layoutOf(types, name, abi);
  } catch (error) {
    if (error instanceof LayoutError) return undefined;
    throw error;
  }
}

/** Why a struct has no layout, or undefined when it has one. */
export function whyNoLayout({ types }: LintSubject, name: string): string | undefined {
  try {
    layoutOf(types, name, 'x86_64');
    return undefined;
  } catch (error) {
    if (error instanceof LayoutError) return error.message;
    throw error;
  }
}

/** The layouts of a struct or union for every ABI, or undefined when one cannot be had. */
export function layoutsIn(subject: LintSubject, name: string): ReadonlyMap<AbiName, Layout> | undefined {
  const layouts = new Map<AbiName, Layout>();
  for (const abi of ABI_NAMES) {
    const layout = layoutIn(subject, name, abi);
    if (!layout) return undefined;
    layouts.set(abi, layout);
  }
  return layouts;
}

/** The fields of a struct that are its own: not those inside a member of a type with a tag. */
export function ownFields(layout: Layout): FieldLayout[] {
  return layout.fields.filter(({ path }) => {
    for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      const outer = layout.fields.find(field => field.path === path.slice(0, dot));
      if (outer?.composite && outer.composite.name !== '') return false;
    }
    return true;
  });
}
