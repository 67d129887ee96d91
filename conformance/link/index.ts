export { buildExecutor, buildRecorder, buildSupervisor, executorSources } from './build.ts';
export { LinkError } from './link-error.ts';
export { type SpawnOptions, spawnExecutor } from './spawn.ts';
export { CLOSE_LIMIT, connectStream, HELLO_LIMIT, PROGRAM_MARGIN, type StreamOptions } from './stream.ts';
