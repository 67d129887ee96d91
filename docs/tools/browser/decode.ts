/** The page of the decoder: what a request number, an argument or a line of strace means. */
import { decode, printDecoded, UsageError } from '../../../conformance/browser.ts';
import { ABI_NAMES, type AbiName } from '../../../schemas/index.ts';

const form = document.querySelector('form')!;
const input = document.querySelector<HTMLInputElement>('#text')!;
const abi = document.querySelector<HTMLSelectElement>('#abi')!;
const result = document.querySelector('#result')!;

/** The same text that the command prints. */
function answer(text: string, of: AbiName | undefined): string {
  try {
    const lines = printDecoded(decode(text, { abi: of }));
    return lines.map(([indent, line]) => `${' '.repeat(indent)}${line}`.trimEnd()).join('\n');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function show(): void {
  const text = input.value.trim();
  const of = ABI_NAMES.find(name => name === abi.value);
  result.textContent = text === '' ? '' : answer(text, of);
}

input.value = new URLSearchParams(location.search).get('text') ?? '';
form.addEventListener('submit', event => {
  event.preventDefault();
  show();
});
abi.addEventListener('change', show);
show();
