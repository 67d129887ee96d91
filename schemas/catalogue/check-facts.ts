/** Every type and request of a header has a layout on every ABI. */
import {
  ABI_NAMES,
  type Facts,
  LayoutError,
  layoutOf,
  requestNumber,
  sizeOfType,
  type TypeTable,
} from '../layout/index.ts';
import { type DataPath, refuse } from '../validate/invalid-data.ts';

/** Throws InvalidData for the first fact that means nothing beside those of the table. */
export function checkFacts(path: string, facts: Facts, types: TypeTable): void {
  const look = (at: DataPath, run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof LayoutError)
        refuse(path, at, `${error.message}; mend the header and extract it again`);
      throw error;
    }
  };
  for (const abi of ABI_NAMES) {
    for (const [index, { name }] of facts.types.entries())
      look(['types', index, 'name'], () => layoutOf(types, name, abi));
    for (const [index, { type }] of facts.typedefs.entries())
      look(['typedefs', index, 'type'], () => sizeOfType(types, type, abi));
    for (const [index, ioctl] of facts.ioctls.entries())
      look(['ioctls', index, 'argument'], () => requestNumber(ioctl, types, abi));
  }
}
