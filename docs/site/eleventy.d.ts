/** The part of Eleventy that the site uses; the package has no types of its own. */
declare module '@11ty/eleventy' {
  interface Config {
    setUseGitIgnore(use: boolean): void;
    addGlobalData(name: string, value: unknown): void;
    addTemplate(path: string, template: object): void;
  }
  export default class Eleventy {
    constructor(
      input: string,
      output: string,
      options: { quietMode?: boolean; config?: (config: Config) => void },
    );
    write(): Promise<unknown>;
  }
}
