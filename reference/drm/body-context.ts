/** What a body works on, as far as it is the same for every call: one that makes nothing and writes nothing. */
import type { CallDescription, EachRule, FileKind, SetRule, WriteRule } from '../../schemas/index.ts';
import type { CallContext, Element, MemberArray } from '../model/body.ts';
import type { Oracle, Place } from '../model/oracle.ts';
import type { Encoded } from '../model/output.ts';
import type { Behaviour, Scene } from '../model/scene.ts';
import { CallEnvironment, CallScene, type CallScope } from './environment.ts';
import type { IoctlHost } from './host.ts';
import type { Client, KernelObject } from './objects.ts';

const none = (): never => {
  throw new Error('a body without a handler only checks');
};

/** For the bodies of what is no ioctl with a handler: they only check, and have effects on the device as a whole. */
export class BodyContext implements CallContext, CallScope {
  readonly host: IoctlHost;
  readonly call: CallDescription;
  readonly client: Client | undefined;
  readonly bindings: Map<string, KernelObject>;
  readonly field: (path: string) => bigint;
  readonly env: CallEnvironment;
  private made: Scene | undefined;

  constructor(
    host: IoctlHost,
    call: CallDescription,
    client: Client | undefined,
    field: (path: string) => bigint,
    bindings = new Map<string, KernelObject>(),
  ) {
    this.host = host;
    this.call = call;
    this.client = client;
    this.field = field;
    this.bindings = bindings;
    this.env = new CallEnvironment(host, this);
  }

  get name(): string {
    return this.call.name;
  }

  get oracle(): Oracle {
    return this.host.oracle;
  }

  get behaviour(): Behaviour {
    return this.host.behaviour;
  }

  get scene(): Scene {
    this.made ??= new CallScene(this.host, this.client, this.bindings);
    return this.made;
  }

  get environmental(): readonly string[] {
    return this.call.semantics.environmental ?? [];
  }

  setField(_rule: SetRule, _value: bigint): void {
    none();
  }

  visible(_field: string): Place | undefined {
    return none();
  }

  unseen(_rule: SetRule): void {
    none();
  }

  writeUser(_rule: WriteRule, _address: bigint, _bytes: Uint8Array): void {
    none();
  }

  unpredicted(_rule: WriteRule, _address: bigint, _length: number): void {
    none();
  }

  find(_resource: string, _handle: bigint): KernelObject | undefined {
    return none();
  }

  findDescriptor(_descriptor: bigint, _kind: FileKind): KernelObject | undefined {
    return none();
  }

  addHandle(_resource: string, _handle: bigint | undefined, _object: KernelObject): void {
    none();
  }

  removeHandle(_resource: string, _handle: bigint): void {
    none();
  }

  lowestFree(_resource: string, _least: bigint, _step: bigint): bigint {
    return none();
  }

  addDescriptor(_descriptor: bigint, _kind: FileKind, _object: KernelObject, _closeOnExec: boolean): void {
    none();
  }

  lowestDescriptor(): bigint {
    return none();
  }

  descriptorUnseen(): void {
    none();
  }

  descriptorInUse(_descriptor: bigint): boolean {
    return none();
  }

  stable(_name: string): Map<bigint, KernelObject> {
    return none();
  }

  mayBeGone(_object: KernelObject): boolean {
    return none();
  }

  encodeStruct(_type: string, _values: ReadonlyMap<string, bigint>, _unknown: readonly string[]): Encoded {
    return none();
  }

  element(_rule: EachRule, _element: Element): CallContext {
    return none();
  }

  arrayOf(_member: string): MemberArray | { address: bigint; stride: number } {
    return none();
  }
}
