/** The words behind `npm run SCRIPT --`. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** As parseArgs has them; a word that the script does not take ends it with 2 and one sentence. */
export function scriptArgs<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    const options = Object.entries(config.options ?? {}).map(([name, { type }]) =>
      type === 'boolean' ? `--${name}` : `--${name} VALUE`,
    );
    const all = [...options, ...(config.allowPositionals ? ['names'] : [])];
    console.error(
      `accel-uapi: ${message.split('. ')[0]}; this script takes ${all.join(', ') || 'no options'}`,
    );
    return process.exit(2);
  }
}
