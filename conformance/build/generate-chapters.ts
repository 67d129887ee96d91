/** The chapters and the ledger of silences as modules, since the specification reads no files. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checked, parseSource } from '../../schemas/load/source.ts';
import { InvalidData } from '../../schemas/validate/invalid-data.ts';
import { splitChapter } from '../../spec/chapter-text.ts';
import { writeIfChanged } from './generate.ts';

const CHAPTERS = 'spec/chapters';
const SILENCES = 'spec/silences.yaml';

export async function generateChapters(root: string): Promise<void> {
  // The validators are generated themselves.
  const { validate } = await import('../../schemas/validate/validate.ts');
  const chapters: Record<string, { head: unknown; text: string }> = {};
  for (const name of (await readdir(join(root, CHAPTERS))).filter(each => each.endsWith('.md')).sort()) {
    const path = `${CHAPTERS}/${name}`;
    const parts = splitChapter(await readFile(join(root, path), 'utf8'));
    if (!parts)
      throw new InvalidData(
        `${path}:1:1: the chapter has no head; begin it with title, summary and number between two lines of ---`,
      );
    // The path ends in .md, and the head is YAML that begins on the second line.
    const head = parseSource(path, parts.head, { format: 'yaml', line: 2 });
    checked(head, data => validate('chapter', path, data));
    chapters[path] = { head: head.data, text: parts.text };
  }
  await writeIfChanged(
    join(root, 'spec/generated/chapters.ts'),
    `/* Generated from ${CHAPTERS}. */\nexport const files: Record<string, { head: unknown; text: string }> = JSON.parse(${JSON.stringify(JSON.stringify(chapters))});\n`,
  );
  const silences = parseSource(SILENCES, await readFile(join(root, SILENCES)));
  checked(silences, data => validate('silences', SILENCES, data));
  await writeIfChanged(
    join(root, 'spec/generated/silences.ts'),
    `/* Generated from ${SILENCES}. */\nexport const file: unknown = JSON.parse(${JSON.stringify(JSON.stringify(silences.data))});\n`,
  );
}
