/** What the recorder has to follow: the pointers and descriptors of each request, from the descriptions. */
import {
  type AbiName,
  type CallDescription,
  type DriverDescription,
  type FieldLayout,
  type FieldRole,
  layoutOf,
  memberPath,
  scalarFields,
  sizeOfType,
} from '../../schemas/index.ts';

/** A number in memory, and what is known of it. */
export interface KnownMember {
  readonly name: string;
  readonly offset: number;
  readonly width: 1 | 2 | 4 | 8;
  readonly role: FieldRole;
}

/** One element of what an argument or a pointer leads to. */
export interface PieceLayout {
  /** The struct, or the pointer member whose elements they are. */
  readonly name: string;
  readonly size: number;
  readonly members: readonly KnownMember[];
}

export interface RecorderTable {
  readonly text: string;
  /** By the number that stands in the table. */
  readonly layouts: readonly PieceLayout[];
  /** The call of a letter and a number, `letter << 8 | number`. */
  readonly calls: ReadonlyMap<number, CallDescription>;
}

class TableMaker {
  readonly layouts: PieceLayout[] = [];
  readonly rows: string[] = [];
  private readonly driver: DriverDescription;
  private readonly abi: AbiName;

  constructor(driver: DriverDescription, abi: AbiName) {
    this.driver = driver;
    this.abi = abi;
  }

  private add(layout: PieceLayout): number {
    this.rows.push(`S ${this.layouts.length} ${layout.size}`);
    return this.layouts.push(layout) - 1;
  }

  /** The struct with the roles that a call gives its members. */
  struct(call: CallDescription, struct: string, roles: Readonly<Record<string, FieldRole>>): number {
    const layout = layoutOf(this.driver.types, struct, this.abi);
    const leaves = scalarFields(layout, layout.size);
    const members = leaves.flatMap(({ path, offset, scalar }): KnownMember[] => {
      const role = roles[memberPath(path)];
      if (!scalar || !role) return [];
      return [{ name: path, offset, width: scalar.bytes as KnownMember['width'], role }];
    });
    const index = this.add({ name: struct, size: layout.size, members });
    for (const member of members) {
      if (member.role.role === 'descriptor' && member.width === 4)
        this.rows.push(`D ${index} ${member.offset}`);
      if (member.role.target && member.width === 8) this.pointer(call, index, struct, member, leaves);
    }
    return index;
  }

  private pointer(
    call: CallDescription,
    index: number,
    struct: string,
    { name, offset, role }: KnownMember,
    leaves: readonly FieldLayout[],
  ): void {
    const target = role.target!;
    const found = (member: string | undefined) => {
      const leaf = leaves.find(({ path }) => path === member);
      return leaf?.scalar ? `${leaf.offset} ${leaf.scalar.bytes}` : '0 0';
    };
    const inner = target.struct === undefined ? undefined : (call.semantics.structs?.[target.struct] ?? {});
    const element = target.element === 'u64' ? 8 : 4;
    const to = inner
      ? this.struct(call, target.struct!, inner)
      : this.add({
          name: `${struct}.${name}`,
          size: target.element ? element : 1,
          members:
            target.handle === undefined
              ? []
              : [
                  {
                    name: '',
                    offset: 0,
                    width: element,
                    role: { direction: role.direction, role: 'handle', resource: target.handle },
                  },
                ],
        });
    // Where the bytes are told, elements are not counted.
    const unit = target.bytes !== undefined ? 1 : this.layouts[to]!.size;
    const length = found(target.bytes ?? target.count);
    this.rows.push(
      `P ${index} ${offset} ${length} ${unit} ${target.fixed ?? 0} ${to} ${found(target.stride)}`,
    );
  }
}

export function recorderTable(driver: DriverDescription, abi: AbiName): RecorderTable {
  const maker = new TableMaker(driver, abi);
  const calls = new Map<number, CallDescription>();
  for (const call of [...driver.files.values(), ...driver.skeletons.values(), ...driver.calls.values()]) {
    const { request, argument, semantics } = call;
    if (!request) continue;
    const number = (request.letter << 8) | request.number;
    calls.set(number, call);
    const type = request.argument;
    if (argument !== undefined)
      maker.rows.push(`R ${number} ${maker.struct(call, argument, semantics.fields)}`);
    else if (type) maker.rows.push(`# ${call.name}: ${sizeOfType(driver.types, type, abi)} bytes`);
  }
  return { text: `${maker.rows.join('\n')}\n`, layouts: maker.layouts, calls };
}
