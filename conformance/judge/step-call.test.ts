import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, type Step } from '../../schemas/index.ts';
import { callOfRequest, callOfStep } from './step-call.ts';

const driver = catalogue().drivers.get('ethosu')!;
const ioctl = (request: Step['args'][number]): Pick<Step, 'op' | 'args'> => ({
  op: 'ioctl',
  args: [{ kind: 'const', value: 3n }, request],
});

test('a request is found by letter and number, whatever its size and direction', () => {
  for (const request of [0x40086409n, 0xc0206409n, 0xffff_ffff_4008_6409n])
    assert.is(callOfRequest(driver, request)?.name, 'DRM_IOCTL_GEM_CLOSE');
  // 'b' is the letter of dma-bufs; 0x62 0x00 is DMA_BUF_IOCTL_SYNC.
  assert.is(callOfRequest(driver, 0x40086200n)?.name, 'DMA_BUF_IOCTL_SYNC');
  assert.is(callOfRequest(driver, 0x40087a09n), undefined);
});

test('a step tells its call when its request is a constant', () => {
  assert.is(callOfStep(driver, ioctl({ kind: 'const', value: 0x40086409n }))?.name, 'DRM_IOCTL_GEM_CLOSE');
  assert.is(callOfStep(driver, ioctl({ kind: 'slot', slot: 0 })), undefined);
  assert.is(callOfStep(driver, { op: 'close', args: [{ kind: 'const', value: 0x40086409n }] }), undefined);
});

test.run();
