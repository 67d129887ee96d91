/** The files that the simulated machine shows: sysfs, procfs and the device nodes. */

export type FileNode =
  | { readonly kind: 'text'; readonly content: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'character'; readonly major: number; readonly minor: number; readonly mode: number };

export class FileTree {
  private readonly nodes = new Map<string, FileNode>();

  add(path: string, node: FileNode): void {
    const parts = path.split('/').filter(Boolean);
    for (let depth = 1; depth < parts.length; depth += 1) {
      const parent = `/${parts.slice(0, depth).join('/')}`;
      if (!this.nodes.has(parent)) this.nodes.set(parent, { kind: 'directory' });
    }
    this.nodes.set(path, node);
  }

  get(path: string): FileNode | undefined {
    return path === '/' ? { kind: 'directory' } : this.nodes.get(path);
  }

  delete(path: string): boolean {
    return this.nodes.delete(path);
  }

  /** A path and everything below it. */
  remove(path: string): void {
    for (const name of [...this.nodes.keys()])
      if (name === path || name.startsWith(`${path}/`)) this.nodes.delete(name);
  }

  /** Names directly below a directory, in order. */
  list(path: string): string[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.nodes.keys()]
      .filter(name => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map(name => name.slice(prefix.length))
      .sort();
  }
}
