/** Raises a line of the guest's interrupt controller through QEMU's test protocol. */
import type { Duplex } from 'node:stream';

export interface InterruptLine {
  /** One rising edge. */
  pulse(): void;
}

/** QMP answers one object a line; the greeting and events come in between. */
function ask(qmp: Duplex, command: object): Promise<unknown> {
  return new Promise(resolve => {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = JSON.parse(text.slice(0, end)) as { return?: unknown; error?: unknown };
        text = text.slice(end + 1);
        if ('return' in line || 'error' in line) {
          qmp.off('data', onData);
          resolve(line.return);
          return;
        }
      }
    };
    qmp.on('data', onData);
    qmp.write(`${JSON.stringify(command)}\n`);
  });
}

const DEVICES = '/machine/unattached';
const CONTROLLER = 'child<arm_gic>';

/** The shared peripheral interrupt `number` of the guest's GIC. */
export async function interruptLine(qmp: Duplex, qtest: Duplex, number: number): Promise<InterruptLine> {
  await ask(qmp, { execute: 'qmp_capabilities' });
  const devices = (await ask(qmp, { execute: 'qom-list', arguments: { path: DEVICES } })) as {
    name: string;
    type: string;
  }[];
  const controller = devices.find(({ type }) => type === CONTROLLER);
  if (!controller) throw new Error(`QEMU's machine has no ${CONTROLLER}`);
  const set = (level: 0 | 1) =>
    `set_irq_in ${DEVICES}/${controller.name} unnamed-gpio-in ${number} ${level}\n`;
  // Answers are of no use, but must be read.
  qtest.resume();
  qmp.resume();
  return { pulse: () => void qtest.write(set(1) + set(0)) };
}
