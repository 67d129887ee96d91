/** Structs and constants as a reader of the header sees them, with what is otherwise on another ABI. */
import {
  ABI_NAMES,
  type AbiName,
  fieldOf,
  type Layout,
  layoutOf,
  type Member,
  membersOf,
  spellType,
  type TypeTable,
} from '../../schemas/index.ts';

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map(row => row[at]!.length))) ?? [];
  return rows.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

function row(member: Member, layout: Layout, types: TypeTable): string[] {
  const name = `${'  '.repeat(member.depth)}${member.path ?? ''}`;
  const type = spellType(member.type, types);
  if (member.path === null) return ['', '', `${name}${type} of`, ''];
  // Of an array of structs the first element is shown.
  const field = fieldOf(layout, member.path.replaceAll('[]', '[0]'));
  return [String(field.offset).padStart(4), String(field.size).padStart(4), name, type];
}

function holesText({ holes }: Layout): string {
  return holes.map(({ offset, size }) => `${size} bytes at ${offset}`).join(', ');
}

/** ABIs in groups with the same places; that of the first ABI comes first. The alignment of the whole may differ. */
export function layoutGroups(
  types: TypeTable,
  name: string,
  only?: AbiName,
): { abis: AbiName[]; layout: Layout }[] {
  const out: { abis: AbiName[]; layout: Layout; key: string }[] = [];
  for (const abi of only === undefined ? ABI_NAMES : [only]) {
    const layout = layoutOf(types, name, abi);
    const places = layout.fields.map(({ path, offset, size }) => [path, offset, size]);
    const key = JSON.stringify([layout.size, places, layout.holes]);
    const same = out.find(each => each.key === key);
    if (same) same.abis.push(abi);
    else out.push({ abis: [abi], layout, key });
  }
  return out;
}

/** What is otherwise than in the first layout. */
function otherwise(first: Layout, { abis, layout }: { abis: AbiName[]; layout: Layout }): string {
  const moved = layout.fields.filter((field, at) => {
    const before = first.fields[at];
    return before?.offset !== field.offset || before.size !== field.size;
  });
  const holes = holesText(layout);
  return [
    `on ${abis.join(', ')}: ${layout.size} bytes`,
    ...moved.map(({ path, offset, size }) => `${path} of ${size} at ${offset}`),
    ...(holes === holesText(first) ? [] : [holes === '' ? 'no hole' : `hole of ${holes}`]),
  ].join(', ');
}

/** `align 8`, or `align 8, 4 on i386`. */
function alignText(types: TypeTable, name: string, abis: readonly AbiName[]): string {
  const aligns = abis.map(abi => layoutOf(types, name, abi).align);
  const others = abis.filter((_, at) => aligns[at] !== aligns[0]);
  const rest = others.map(abi => `, ${layoutOf(types, name, abi).align} on ${abi}`).join('');
  return `align ${aligns[0]}${rest}`;
}

/** A struct or union with its members, nested ones below their own. */
export function structLines(types: TypeTable, name: string, only: AbiName | undefined): string[] {
  const [first, ...rest] = layoutGroups(types, name, only);
  const { layout, abis } = first!;
  const where = abis.length === ABI_NAMES.length ? 'every ABI' : abis.join(', ');
  const holes = holesText(layout);
  const align = alignText(types, name, only === undefined ? ABI_NAMES : [only]);
  return [
    `${spellType({ named: name }, types)}, ${layout.size} bytes on ${where}, ${align}`,
    ...columns(membersOf(types, name).map(member => row(member, layout, types))).map(text => `  ${text}`),
    ...(holes === '' ? [] : [`  hole of ${holes}`]),
    ...rest.map(group => `  ${otherwise(layout, group)}`),
  ];
}

function valueText(value: bigint): string {
  return value > 9n ? `${value} (0x${value.toString(16)})` : String(value);
}

/** A constant with its value, and those of ABIs where it is another. */
export function constantLines(
  types: TypeTable,
  names: readonly string[],
  only: AbiName | undefined,
): string[] {
  return columns(
    names.map(name => {
      const { abi } = types.constants.get(name)!;
      const others = only === undefined ? Object.entries(abi) : [];
      return [
        name,
        `${valueText(types.constantValue(name, only))}${others.map(([each, value]) => `, on ${each} ${valueText(value)}`).join('')}`,
      ];
    }),
  );
}
