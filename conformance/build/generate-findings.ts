/** Writes the page of the findings. What it is computed with is generated itself, so it comes last. */
import { join } from 'node:path';
import { writeIfChanged } from './generate.ts';

export async function generateFindings(root: string): Promise<void> {
  const { findings } = await import('../findings/list.ts');
  const { findingsPage } = await import('../findings/page.ts');
  await writeIfChanged(join(root, 'docs/findings.md'), await findingsPage(findings));
}
