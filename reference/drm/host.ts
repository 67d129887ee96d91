/** What an ioctl needs of the machine around it. */
import type { AbiName, DriverDescription, FileKind } from '../../schemas/index.ts';
import type { AddressSpace } from '../machine/address-space.ts';
import type { Calls } from '../machine/entered.ts';
import type { DescriptorTable } from '../model/body.ts';
import type { CoreFaults } from '../model/faults.ts';
import type { Oracle } from '../model/oracle.ts';
import type { Behaviour, Clock } from '../model/scene.ts';
import type { Device, KernelObject } from './objects.ts';

export interface IoctlHost extends DescriptorTable {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly memory: AddressSpace;
  readonly oracle: Oracle;
  readonly faults: CoreFaults;
  readonly device: Device;
  readonly clock: Clock;
  readonly behaviour: Behaviour;
  /** Lets other lanes run in the middle of a call; absent where there are none. */
  readonly letOthersIn?: (() => void) | undefined;
  /** Of lanes: what the running call has found. */
  readonly calls: Pick<Calls, 'resumed' | 'kept'>;
  minorExists(minor: bigint): boolean;
  alive(object: KernelObject): boolean;
  /** Whether a process has the object mapped. */
  mapped(object: KernelObject): boolean;
  /** Whether an object that is alive may be gone, since only work refers to it. */
  mayBeGone(object: KernelObject): boolean;
  /** Whether the descriptor is open, on a file of this kind. */
  isOpen(descriptor: bigint, kind?: FileKind): boolean;
  objectOf(descriptor: bigint, kind: FileKind): KernelObject | undefined;
  /** Whether the caller has CAP_SYS_ADMIN now. */
  privileged(): boolean;
}
