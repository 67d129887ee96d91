/** The kernel's own tools for netlink specifications (tools/net/ynl), run on ours. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchSource } from '../targets/qemu/index.ts';
import { type PythonResult, runPython } from './python.ts';

export const SOURCE_PACKAGE = 'linux-source-7.3';
const META = 'Documentation/netlink';
const TOOLS = 'tools/net/ynl';
/** What else is compared: what the kernel's build generates from its own specifications, and the header of devlink. */
export const GENERATED = {
  header: 'include/uapi/drm/drm_ras.h',
  ras: 'drivers/gpu/drm/drm_ras_nl.c',
  rasHeader: 'drivers/gpu/drm/drm_ras_nl.h',
  devlink: 'net/devlink/netlink_gen.c',
  devlinkHeader: 'include/uapi/linux/devlink.h',
} as const;

export function fetchYnl(): Promise<string> {
  return fetchSource({
    package: SOURCE_PACKAGE,
    paths: [META, TOOLS, ...Object.values(GENERATED)],
    shelf: 'ynl',
  });
}

export type Mode = 'uapi' | 'kernel' | 'user';
export const OUTPUTS: readonly { readonly mode: Mode; readonly header: boolean }[] = [
  { mode: 'uapi', header: true },
  { mode: 'kernel', header: true },
  { mode: 'kernel', header: false },
  { mode: 'user', header: true },
  { mode: 'user', header: false },
];

/** A folder that looks to the tools like a kernel's tree with our specifications. */
export class YnlTree {
  private readonly kernel: string;
  private readonly root: string;

  constructor(kernel: string, root: string) {
    this.kernel = kernel;
    this.root = root;
    mkdirSync(join(root, META, 'specs'), { recursive: true });
    // The tools know the root by this file, and search upwards without end where there is none.
    writeFileSync(join(root, 'MAINTAINERS'), '');
    for (const name of readdirSync(join(kernel, META)))
      if (name.endsWith('.yaml')) copyFileSync(join(kernel, META, name), join(root, META, name));
  }

  /** Adds a specification; gives its absolute path, which the tools need. */
  add(name: string, text: string): string {
    const path = join(this.root, META, 'specs', `${name}.yaml`);
    writeFileSync(path, text);
    return path;
  }

  private tool(name: string): string {
    return join(this.kernel, TOOLS, 'pyynl', name);
  }

  validate(spec: string): PythonResult {
    return runPython([this.tool('cli.py'), '--spec', spec, '--validate']);
  }

  generate(spec: string, mode: Mode, header: boolean, out: string): PythonResult {
    const kind = header ? '--header' : '--source';
    return runPython([this.tool('ynl_gen_c.py'), '--spec', spec, '--mode', mode, kind, '-o', out]);
  }

  page(spec: string, out: string): PythonResult {
    return runPython([this.tool('ynl_gen_rst.py'), '-i', spec, '-o', out]);
  }
}
