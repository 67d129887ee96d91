export { ABI_NAMES, ABIS, type Abi } from './abi.ts';
export { decodeStruct, encodeStruct, readScalar, scalarFields, type Values, writeScalar } from './codec.ts';
export { codecSource } from './codec-source.ts';
export {
  elementOf,
  type FieldLayout,
  fieldOf,
  type Hole,
  type Layout,
  layoutOf,
  sizeOfType,
} from './layout.ts';
export { littleEndian, littleEndianBytes } from './little-endian.ts';
export { sharing } from './parts.ts';
export { decodeRequest, encodeRequest, type RequestParts, requestNumber } from './request.ts';
export { builtinScalar, type Scalar } from './scalars.ts';
export { type Member, memberPath, membersOf, spellType } from './spelling.ts';
export { buildTypeTable, type ConstantValue, LayoutError, type TypeTable } from './type-table.ts';
export * from './types.ts';
