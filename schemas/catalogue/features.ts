/** What a call needs of the driver before it looks at anything else. */
import type { CallDescription, DriverDescription } from './catalogue.ts';
import type { Rule } from './rules.ts';

/** Whether a rule is a check for a feature, and whether the driver lacks it; undefined for other rules. */
export function lacksFeature(driver: DriverDescription, rule: Rule): boolean | undefined {
  if (!('check' in rule) || rule.clause !== 'argument.feature' || !('eq' in rule.when)) return undefined;
  const [term] = rule.when.eq;
  if (typeof term !== 'object' || !('param' in term)) return true;
  // What a device of the driver may lack is a matter of the device.
  if (!term.param.startsWith('feature.')) return undefined;
  const name = term.param.slice('feature.'.length).toUpperCase();
  return !(driver.manifest.features as readonly string[]).includes(name);
}

/** Whether the driver has all features that the call needs. */
export function hasFeatures(driver: DriverDescription, call: CallDescription): boolean {
  return !call.semantics.body.some(rule => lacksFeature(driver, rule) === true);
}
