/** The ledger of silences: what documents leave open, what each driver does, and what is recommended. */
import { type Silence, type SilenceFile, validate } from '../schemas/index.ts';
import { file } from './generated/silences.ts';

export type { Silence };

const ledger = validate<SilenceFile>('silences', 'spec/silences.yaml', file);

export const silences: readonly Silence[] = ledger.silences;

/** The release that the source lines belong to. */
export const silencesKernel: string = ledger.kernel;
