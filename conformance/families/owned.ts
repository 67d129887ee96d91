/** What a client made goes with its last descriptor, and not before: seen by another client, through a global name. */
import { constant, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';

const [FLINK, OPEN, CLOSE] = ['DRM_IOCTL_GEM_FLINK', 'DRM_IOCTL_GEM_OPEN', 'DRM_IOCTL_GEM_CLOSE'];

export function ownedFamily(context: PlanContext): Case[] {
  const [flink, reopen, close] = [FLINK, OPEN, CLOSE].map(name => context.driver.calls.get(name!));
  if (!flink || !reopen || !close || outlook(context, flink).kind !== 'succeeds') return [];
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const owner = builder.open(context.nodePath, O_RDWR, 'open the owner');
  const other = builder.open(context.nodePath, O_RDWR, 'open another client');
  const controls = [owner.step, other.step];
  const made = maker.goodArguments(owner.fd, flink);
  if (!made) return [];
  const name = builder.slot();
  controls.push(
    ...made.setup,
    maker.call(owner.fd, flink, made.values, { keep: { field: 'name', slot: name } }),
  );
  const copy = builder.slot();
  const captures = [{ slot: copy, from: 'return' as const }];
  controls.push(builder.step('duplicate the descriptor of the owner', 'dup', [owner.fd], { captures }));
  const probes: number[] = [];
  const find = (label: string) => {
    probes.push(maker.call(other.fd, reopen, { name: slotValue(name) }, { label: `${OPEN}: ${label}` }));
    return slotValue(builder.lastSlot);
  };
  const forget = (handle: ReturnType<typeof find>) =>
    maker.call(other.fd, close, { handle, pad: constant(0) }, { label: `${CLOSE} (the other's own handle)` });
  controls.push(forget(find('the owner has both descriptors')));
  builder.close(owner.fd, 'close one of its descriptors');
  controls.push(forget(find('the owner has one descriptor left')));
  builder.close(slotValue(copy), 'close its last descriptor');
  find('the owner has gone');
  const [first, ...rest] = probes;
  controls.push(first!);
  return [
    {
      name: 'owned',
      family: 'file',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        {
          clause: 'lifetime.descriptor',
          instance: 'gem_handle',
          controls,
          probes: rest,
          about: ({ kind }) => kind === 'outcome',
        },
      ],
    },
  ];
}
