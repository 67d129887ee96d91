/** Made mutants that no program can tell from the strict reference, each with the reason; checked by the matrix. */
export const equivalents: Readonly<Record<string, string>> = {};
