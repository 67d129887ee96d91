/**
 * A job on an ethosu device, with the generated TypeScript modules: what a runtime does from open to the result.
 * `ethosu.c` beside it is the same program in C and prints the same lines, except for the refusal: C cannot look into the
 * argument and tells all checks that give the errno. Takes the path of a node; without one the first of the driver.
 */
import { BYTES, COPY_STREAM } from './copy-stream.ts';
import { UapiError } from './generated/accel-uapi.ts';
import { DRM_ETHOSU_DEV_QUERY_NPU_INFO, ethosu_open, ethosu_open_device } from './generated/ethosu.ts';

/** How long the job may take, in ns. */
const PATIENCE = 5_000_000_000n;
const SIZE = 4096n;

const say = (line: string) => console.log(line);

async function main(path: string | undefined): Promise<void> {
  using device = path === undefined ? await ethosu_open_device() : await ethosu_open(path);
  const { pointer: npu } = device.ethosu_dev_query({ type: DRM_ETHOSU_DEV_QUERY_NPU_INFO, pointer: true });
  say(`NPU 0x${npu!.id.toString(16).padStart(8, '0')}`);

  using source = device.ethosu_bo_create({ size: SIZE });
  using target = device.ethosu_bo_create({ size: SIZE });
  say(`buffers of ${source.size} bytes`);
  const map = (handle: typeof source.handle) =>
    device.map(device.ethosu_bo_mmap_offset({ handle }).offset, Number(SIZE));
  using from = map(source.handle);
  using to = map(target.handle);
  for (let at = 0; at < BYTES; at += 1) from.bytes[at] = at + 1;
  to.bytes.fill(0, 0, BYTES);

  using commands = device.ethosu_cmdstream_bo_create({ data: new Uint8Array(COPY_STREAM.buffer) });
  device.ethosu_submit({
    jobs: [{ cmd_bo: commands.handle, region_bo_handles: [source.handle, target.handle] }],
  });
  device.ethosu_bo_wait({
    handle: target.handle,
    timeout_ns: process.hrtime.bigint() + PATIENCE,
  });
  const copied = from.bytes.subarray(0, BYTES).every((byte, at) => byte === to.bytes[at]);
  // A machine whose NPU is only played by its memory completes the job and moves nothing.
  say(`job done, the result is ${copied ? 'there' : 'not there'}`);

  using shared = device.drm_prime_handle_to_fd({ handle: target.handle, flags: ['DRM_CLOEXEC', 'DRM_RDWR'] });
  using other = await ethosu_open(device.path);
  using imported = other.drm_prime_fd_to_handle({ fd: shared.fd });
  using again = other.map(other.ethosu_bo_mmap_offset({ handle: imported.handle }).offset, Number(SIZE));
  to.bytes[0] = 0xa5;
  say(`imported, the memory is ${again.bytes[0] === 0xa5 ? 'the same' : 'another'}`);

  try {
    device.ethosu_bo_create({ size: 0n });
    say('a buffer without bytes was made');
  } catch (error) {
    if (!(error instanceof UapiError)) throw error;
    say(`refused: ${error.message}`);
  }
}

try {
  await main(process.argv[2]);
} catch (error) {
  console.error(`ethosu: ${(error as Error).message}`);
  process.exitCode = 1;
}
