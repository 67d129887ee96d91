/** Kernel releases as numbers: `7.3.4+deb13-arm64` is 7.3.4. */

export function parseRelease(release: string): [number, number, number] {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)];
}

/** Negative, 0 or positive, as a is older than, equal to or newer than b. A missing third number is 0. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [parseRelease(a), parseRelease(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at]! - right[at]!;
}

/** Whether the target has a newer uAPI: stable releases (the third number) add none. */
export function isNewer(target: string, description: string): boolean {
  const [a, b] = [parseRelease(target), parseRelease(description)];
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}
