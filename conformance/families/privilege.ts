/**
 * Who may call what the administrator alone may (drivers/gpu/drm/drm_ioctl.c:608): CAP_SYS_ADMIN counts at the call, not
 * at the open. The arguments are such that the handler refuses them too, so that a driver that forgot the gate does
 * nothing worse than to answer with another errno.
 */
import { type CallDescription, checks } from '../../schemas/index.ts';
import type { Arguments } from '../plan/arguments.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { model } from '../plan/model.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { answered, NO_RIGHT } from './answered.ts';

/** include/uapi/linux/capability.h */
const CAP_DAC_OVERRIDE = 1n << 1n;
const CAP_SYS_ADMIN = 1n << 21n;
/** The user that owns nothing. */
const NOBODY = 65534;
/** A value that no reserved member and no selector has. */
const STRANGE = 0x7fffff01n;

export function privilegeFamily(context: PlanContext): Case[] {
  return [...gates(context), ...nodeIoctls(context.driver).flatMap(call => shared(context, call) ?? [])];
}

function gates(context: PlanContext): Case[] {
  return [...context.driver.calls.values()]
    .filter(({ request, semantics }) => {
      // A call for the master alone is refused to everybody: the dispatch family sends it.
      return request && semantics.access?.includes('root') && !semantics.access.includes('master');
    })
    .flatMap(call => gate(context, call) ?? []);
}

/** Arguments that the handler refuses whoever calls: one member has a value that a check forbids. */
function refusedArguments(call: CallDescription): Arguments[] {
  const looked = JSON.stringify(checks(call.semantics.body).map(({ when }) => when));
  return Object.keys(call.semantics.fields)
    .filter(name => looked.includes(`"field":"${name}"`))
    .map(name => ({ [name]: STRANGE }));
}

function gate(context: PlanContext, call: CallDescription): Case | undefined {
  for (const values of refusedArguments(call)) {
    const made = program(context, call, values);
    const { builder, controls, privileged, probes } = made;
    const endings = model(context, builder.build());
    const handler = privileged === undefined ? undefined : endings[privileged]!;
    if (handler && (handler.errno === undefined || handler.rule?.clause === 'dispatch.permission')) continue;
    return {
      name: `privilege.${call.semantics.key}`,
      family: 'dispatch',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        {
          clause: 'dispatch.permission',
          instance: `${call.name}.unprivileged`,
          controls,
          probes: privileged === undefined ? probes : [privileged, ...probes],
        },
        {
          clause: 'errno.privilege',
          instance: `${call.name}.unprivileged`,
          controls,
          probes,
          about: () => false,
          look: trace => answered(trace, probes, NO_RIGHT),
        },
      ],
    };
  }
  return undefined;
}

/** The call by the administrator, if the kit is one, and by nobody: on a file opened before and on one opened after. */
function program(context: PlanContext, call: CallDescription, values: Arguments) {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const { capabilities } = context.hello;
  const isAdministrator = (capabilities & CAP_SYS_ADMIN) !== 0n;
  const before = builder.open(context.nodePath, O_RDWR);
  const controls = [before.step, maker.good(before.fd, version)!.step];
  let privileged: number | undefined;
  if (isAdministrator) {
    privileged = maker.call(before.fd, call, values, { label: `${call.name} (administrator)` });
    // Its rights over files stay: only what the call asks for goes.
    const left = constant(capabilities & CAP_DAC_OVERRIDE);
    controls.push(builder.step('become nobody', 'identity', [constant(NOBODY), left]));
  }
  const after = builder.open(context.nodePath, O_RDWR);
  controls.push(after.step);
  const probes = [before, after].map(({ fd }) =>
    maker.call(fd, call, values, { label: `${call.name} (nobody)` }),
  );
  controls.push(maker.good(after.fd, version)!.step);
  return { builder, controls, privileged, probes };
}

const SHARED = 'lifetime.shared-state';

/** A good call that changes what all clients of the device feel, by nobody, and the call that takes the change back. */
function shared(context: PlanContext, call: CallDescription): Case | undefined {
  if (!checks(call.semantics.body).some(({ clause }) => clause === SHARED)) return undefined;
  if (context.wanted?.({ clause: SHARED, instance: call.name }) === false) return undefined;
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step];
  const kinds = Math.max(payloads(call).length, 1);
  const made = Array.from({ length: kinds }, (_, kind) => maker.goodArguments(fd, call, pickKind(kind)));
  for (const each of made) controls.push(...(each?.setup ?? []));
  controls.push(builder.step('become nobody', 'identity', [constant(NOBODY), constant(0)]));
  const probes = made.flatMap(each =>
    each ? [maker.call(fd, call, each.values, { label: `${call.name} (nobody)` })] : [],
  );
  return {
    name: `shared.${call.semantics.key}`,
    family: 'dispatch',
    program: builder.build(),
    labels: builder.labels,
    instances: [
      {
        clause: SHARED,
        instance: call.name,
        controls,
        probes,
        about: ({ kind, observed }) => kind === 'outcome' && observed !== 'EPERM',
      },
    ],
  };
}
