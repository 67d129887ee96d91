/** What the tool devlink of iproute2 prints with -j, made of the messages that the kit decodes. */
import { type Fields, fieldValue } from '../../../schemas/index.ts';
import type { Answer } from '../answers.ts';

type Json = Record<string, unknown>;

const text = (fields: Fields, name: string) => String(fieldValue(fields, name) ?? '');
const count = (fields: Fields, name: string) => Number(fieldValue(fields, name) ?? 0n);
const inner = (fields: Fields, name: string) => (fieldValue(fields, name) ?? []) as Fields;
const all = (fields: Fields, name: string) =>
  fields.flatMap(([each, value]) => (each === name ? [value as Fields] : []));
const handleOf = (fields: Fields) => `${text(fields, 'bus-name')}/${text(fields, 'dev-name')}`;

/** enum devlink_reload_action and enum devlink_reload_limit, as the tool names them. */
const ACTIONS = ['unspec', 'driver_reinit', 'fw_activate'];
const LIMITS = ['unspecified', 'no_reset'];

function stats(fields: Fields, name: string): Json {
  const actions = all(inner(inner(fields, 'dev-stats'), name), 'reload-action-info');
  return Object.fromEntries(
    actions.map(action => [
      ACTIONS[count(action, 'reload-action')],
      Object.fromEntries(
        all(inner(action, 'reload-action-stats'), 'reload-stats-entry').map(entry => [
          LIMITS[count(entry, 'reload-stats-limit')],
          count(entry, 'reload-stats-value'),
        ]),
      ),
    ]),
  );
}

export const toolDevice = (fields: Fields): Json => ({
  // Only a reload that failed is shown.
  ...(count(fields, 'reload-failed') ? { reload_failed: true } : {}),
  stats: { reload: stats(fields, 'reload-stats'), remote_reload: stats(fields, 'remote-reload-stats') },
});

export function toolInfo(fields: Fields): Json {
  const versions = Object.fromEntries(
    ['fixed', 'running', 'stored'].flatMap(kind => {
      const list = all(fields, `info-version-${kind}`).map(each => [
        text(each, 'info-version-name'),
        text(each, 'info-version-value'),
      ]);
      return list.length === 0 ? [] : [[kind, Object.fromEntries(list)]];
    }),
  );
  return { driver: text(fields, 'info-driver-name'), versions };
}

export function toolReporter(fields: Fields): Json {
  const own = inner(fields, 'health-reporter');
  const has = (name: string) => fieldValue(own, `health-reporter-${name}`) !== undefined;
  const number = (name: string) => count(own, `health-reporter-${name}`);
  return {
    reporter: text(own, 'health-reporter-name'),
    state: number('state') === 0 ? 'healthy' : 'error',
    error: number('err-count'),
    recover: number('recover-count'),
    ...(has('graceful-period') ? { grace_period: number('graceful-period') } : {}),
    ...(has('auto-recover') ? { auto_recover: number('auto-recover') !== 0 } : {}),
    ...(has('auto-dump') ? { auto_dump: number('auto-dump') !== 0 } : {}),
  };
}

/** The answers of a dump, by the handle of their instance. */
export function byHandle(answers: readonly Answer[], view: (fields: Fields) => Json): Json {
  return Object.fromEntries(
    answers.flatMap(answer =>
      answer.kind === 'reply' ? [[handleOf(answer.fields), view(answer.fields)]] : [],
    ),
  );
}

/** The same where an instance has several. */
export function listsByHandle(answers: readonly Answer[], view: (fields: Fields) => Json): Json {
  const made: Record<string, Json[]> = {};
  for (const answer of answers)
    if (answer.kind === 'reply') {
      const handle = handleOf(answer.fields);
      made[handle] ??= [];
      made[handle].push(view(answer.fields));
    }
  return made;
}
