/**
 * How the served device works on jobs: a file beside its others in sysfs, which a program may write. No other device has
 * one, so that it also tells a served device from a real one.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DeviceMood } from '../../schemas/index.ts';

/** paths.c knows it too. */
export const MOOD_PATH = '/sys/devices/platform/reference-npu/mood';
const MOODS: readonly string[] = [
  'complete',
  'late',
  'fault',
  'hang',
  'hang-once',
  'lost',
] satisfies DeviceMood[];

/** Looks into the file whenever a job is submitted. */
export function moodIn(file: string): () => DeviceMood {
  return () => {
    const text = readFileSync(file, 'utf8').trim();
    if (text === 'hang-once') writeFileSync(file, 'complete\n');
    if (text === 'hang-once') return 'hang';
    if (MOODS.includes(text)) return text as DeviceMood;
    process.stderr.write(
      `accel-uapi run: ${MOOD_PATH} is ${JSON.stringify(text)}; expected one of ${MOODS.join(', ')}; jobs complete\n`,
    );
    return 'complete';
  };
}

/** Whether the device of this computer is a served one; then it can be told how to work. */
export function servedHere(): ((mood: DeviceMood) => Promise<void>) | undefined {
  if (!existsSync(MOOD_PATH)) return undefined;
  return async mood => writeFileSync(MOOD_PATH, `${mood}\n`);
}
