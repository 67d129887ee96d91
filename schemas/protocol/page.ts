import type { ProtocolDescription } from './description.ts';
export function protocolPage(description: ProtocolDescription): string {
  return `# ${description.summary}\n`;
}
