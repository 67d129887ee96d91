/** Names of dma-bufs and sync files, at the edges of their length. */
import { systemConstant } from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { FileScene } from './file-scene.ts';
import { textOf } from './text.ts';

const MOST = systemConstant('DMA_BUF_NAME_LEN');
/** The node is the first file that a program opens, and the dma-buf the next. */
const BUFFER_FD = 4;
const FDINFO_BYTES = 4096;

export function namesOfFiles(context: PlanContext): Case[] {
  return [
    ...['DMA_BUF_SET_NAME_A', 'DMA_BUF_SET_NAME_B'].map(name => ofBuffer(context, name)),
    ofSyncFile(context),
  ];
}

/** Text at the end of a page, behind which nothing can be read. */
function textsOf(): { label: string; text: string; end: boolean; good: boolean }[] {
  const long = (length: number) => 'n'.repeat(length);
  return [
    { label: 'an empty name', text: '', end: true, good: true },
    { label: 'a name of one byte', text: 'x', end: true, good: true },
    { label: `a name of ${MOST - 1} bytes`, text: long(MOST - 1), end: true, good: true },
    { label: `a name of ${MOST} bytes`, text: long(MOST), end: true, good: false },
    {
      label: `a name of ${MOST} bytes, of which the end cannot be read`,
      text: long(MOST),
      end: false,
      good: false,
    },
    { label: 'a name of which the end cannot be read', text: long(MOST - 1), end: false, good: false },
    { label: 'a much longer name', text: long(4 * MOST), end: true, good: false },
    { label: 'another name', text: 'tensor 7', end: true, good: true },
  ];
}

function ofBuffer(context: PlanContext, name: string): Case {
  const scene = new FileScene(context);
  const { builder, maker } = scene;
  const buffer = scene.buffer();
  let last: number | undefined;
  for (const { label, text, end, good } of textsOf()) {
    const data = new TextEncoder().encode(end ? `${text}\0` : text);
    const address = addressOf(builder.buffer(data.length, { data, align: 'end' }));
    const step = maker.call(buffer, scene.named(name), {}, { label: `${name}: ${label}`, address });
    scene.probes.push(step);
    if (good)
      last = builder.step('read fdinfo of the dma-buf', 'readfile', [
        builder.path(`/proc/self/fdinfo/${BUFFER_FD}`),
        addressOf(builder.buffer(FDINFO_BYTES, { align: 'start' })),
        constant(FDINFO_BYTES),
      ]);
  }
  const shown = textsOf().at(-1)!.text;
  return scene.case('files.name', name, {
    look: trace => {
      const text = last === undefined ? '' : textOf(trace, last);
      // Another file has that number.
      if (!/^exp_name:/m.test(text)) return undefined;
      const found = /^name:\t(.*)$/m.exec(text)?.[1];
      return found === shown ? undefined : `fdinfo shows the name ${found}, expected ${shown}`;
    },
  });
}

/** A sync file has a name of its own when it is merged; what is behind the end of a short one stays as it was. */
function ofSyncFile(context: PlanContext): Case {
  const scene = new FileScene(context);
  const [a, b] = [scene.buffer('sync-file'), scene.buffer('sync-file')];
  for (const name of ['m', 'a name', 'n'.repeat(MOST - 1), 'n'.repeat(MOST)]) {
    const { fd } = scene.merged(a, b, name);
    scene.info(fd, 0);
    scene.info(fd, 2);
  }
  return scene.case('files.name', 'SYNC_IOC_MERGE');
}
