/** Where each value of a parsed file stands in its text. */
import type { DataPath } from '../validate/invalid-data.ts';

/** Offsets of a list's items, or of a map's keys and values. */
interface Inside {
  readonly values: Map<string | number, number>;
  readonly keys: Map<string | number, number>;
}

export class Places {
  private readonly containers = new WeakMap<object, Inside>();
  private root = 0;

  setRoot(offset: number): void {
    this.root = offset;
  }

  add(container: object, key: string | number, value: number, keyOffset = value): void {
    let inside = this.containers.get(container);
    if (!inside) {
      inside = { values: new Map(), keys: new Map() };
      this.containers.set(container, inside);
    }
    inside.values.set(key, value);
    inside.keys.set(key, keyOffset);
  }

  /** Offset of the value at a path, or of its key; of what encloses it when the path leads nowhere. */
  offsetOf(data: unknown, at: DataPath, key: boolean): number {
    let value = data;
    let offset = this.root;
    for (const [index, part] of at.entries()) {
      if (value === null || typeof value !== 'object') return offset;
      const inside = this.containers.get(value);
      const last = key && index === at.length - 1;
      const found = (last ? inside?.keys : inside?.values)?.get(part);
      if (found === undefined) return offset;
      offset = found;
      value = (value as Record<string | number, unknown>)[part];
    }
    return offset;
  }
}
