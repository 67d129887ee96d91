/** Programs about the firmware and the health of the device that carries a node, over devlink. */
import { buildImage, FIRMWARE_FOLDER, type ImageParts, MANAGEMENT_KNOB } from '../../reference/index.ts';
import { type Fields, netlinkFamilies, type Trace } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { type Asked, NetlinkScene } from '../netlink/scene.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { ManagedPeer } from '../plan/context.ts';
import { type Told, toldOf } from './told.ts';

/** More than an update of the reference tells. */
const HEARD = 24;
const FOLDER = 'accel-uapi';
export const FW_ACTIVATE = 2n;
export const DRIVER_REINIT = 1n;

export class DeviceScene extends NetlinkScene {
  readonly peer: ManagedPeer;
  /** Steps that everything rests on. */
  readonly controls: number[] = [];
  private readonly monitor: number;

  constructor(peer: ManagedPeer) {
    super(netlinkFamilies().get('devlink')!, peer.family);
    this.peer = peer;
    this.socket();
    this.monitor = this.socket('a socket that listens');
    this.join(peer.group, this.monitor);
  }

  get handle(): Fields {
    return [
      ['bus-name', this.peer.bus],
      ['dev-name', this.peer.device],
    ];
  }

  hear(): void {
    this.receive(HEARD, this.monitor);
  }

  /** Tells the device to fail; a device without such a way leaves what rests on it unreached. */
  knob(text: string): number {
    const step = this.command(MANAGEMENT_KNOB, text);
    this.controls.push(step);
    this.hear();
    return step;
  }

  /** Puts a file where the kernel finds firmware. */
  file(name: string, content: string): string {
    this.controls.push(this.command(`${FIRMWARE_FOLDER}/${FOLDER}/${name}`, content));
    return `${FOLDER}/${name}`;
  }

  image(parts: ImageParts): string {
    return this.file(`${parts.component}-${parts.version}.img`, buildImage(parts));
  }

  act(operation: string, more: Fields = [], asked: Asked = {}): number {
    const step = this.ask(operation, [...this.handle, ...more], asked);
    this.hear();
    return step;
  }

  info(asked: Asked = {}): number {
    return this.ask('info-get', this.handle, asked);
  }

  flash(name: string, component?: string, mask?: bigint, asked: Asked = {}): number {
    return this.act('flash-update', flashFields(name, component, mask), asked);
  }

  activate(): number {
    return this.act('reload', [['reload-action', FW_ACTIVATE]]);
  }

  reporter(operation: string, name: string, more: Fields = [], asked: Asked = {}): number {
    return this.act(operation, [['health-reporter-name', name], ...more], asked);
  }

  /** A clause that is judged by what was told. */
  about(
    clause: ClauseId,
    instance: string,
    probes: readonly number[],
    look: (told: Told, trace: Trace) => string | undefined,
  ): Instance {
    const { family } = this.peer;
    return {
      clause,
      instance,
      controls: this.controls,
      probes,
      about: () => false,
      look: trace => look(toldOf(trace, family), trace),
    };
  }

  case(name: string, instances: readonly Instance[], more: Partial<Case> = {}): Case {
    return {
      family: name.slice(0, name.indexOf('.')),
      name: name.slice(name.indexOf('.') + 1),
      ...this.build(),
      instances,
      ...more,
    };
  }
}

export function flashFields(name: string, component?: string, mask?: bigint): Fields {
  return [
    ['flash-update-file-name', name],
    ...(component === undefined ? [] : ([['flash-update-component', component]] satisfies Fields)),
    ...(mask === undefined
      ? []
      : ([
          ['flash-update-overwrite-mask', { value: Number(mask), selector: Number(mask) }],
        ] satisfies Fields)),
  ];
}
