/** The strict reference with what a run knows of it: its plan, and what the judge needs. */
import { createReference } from '../../reference/index.ts';
import { catalogue, type Link } from '../../schemas/index.ts';
import { planCases, randomCase } from '../families/index.ts';
import type { JudgeSetup } from '../judge/judge.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { identify } from '../run/identity.ts';

export const DRIVER = 'ethosu';
/** Random programs of a plain `validate`. */
export const RANDOM_PROGRAMS = 50;

export interface Known {
  readonly link: Link;
  readonly context: PlanContext;
  readonly setup: JudgeSetup;
}

/** Looks at a target as `validate` does. */
export async function know(link: Link, seed: number): Promise<Known> {
  const { hello } = link;
  const { driver, nodePath, minor, minors, params } = await identify(link, { driver: DRIVER });
  return {
    link,
    context: { driver, hello, nodePath, minor, minors, params, seed },
    setup: { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath },
  };
}

export function openModel(seed: number): Promise<Known> {
  const driver = catalogue().drivers.get(DRIVER)!;
  const [profile] = Object.keys(driver.manifest.profiles);
  return know(createReference({ driver, profile: profile! }), seed);
}

/** Every program that a plain `validate` runs: all families and the random ones. */
export function validateCases(context: PlanContext): Case[] {
  const random = Array.from({ length: RANDOM_PROGRAMS }, (_, index) => randomCase(context, index));
  return [...planCases(context), ...random].filter(one => one.program.steps.length > 0);
}
