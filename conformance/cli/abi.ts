import { ABI_NAMES, type AbiName } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { nearest } from './nearest.ts';

/** The value of --abi. */
export function abiOf(text: string | undefined): AbiName | undefined {
  if (text === undefined) return undefined;
  const abi = ABI_NAMES.find(name => name === text);
  if (!abi)
    throw new UsageError(
      `--abi ${text} is no ABI of the collection${nearest(text, ABI_NAMES)}; expected ${ABI_NAMES.join(', ')}`,
    );
  return abi;
}
