/**
 * `npm run facts`: fetches the headers of the newest kernel that the apt mirror has and of older ones, and writes all
 * facts of the collection anew, with the release that first has each item.
 */
import { join } from 'node:path';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { extractHeaders } from './extract.ts';
import { fetchReleases } from './fetch-headers.ts';

/** Releases that a Debian mirror has beside the newest: those of Debian 12 and 13, and what came between. */
const RELEASES = '6.1,6.12,7.2';
const USAGE = 'usage: facts [--releases RELEASE,...] [--out DIR]\nexample: facts --releases 6.1,6.12';

async function main(): Promise<number> {
  const { values } = scriptArgs({
    options: {
      releases: { type: 'string', default: RELEASES },
      out: { type: 'string', default: join(packageRoot(), 'schemas/facts') },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const releases = values.releases.split(',');
  if (!releases.every(each => /^\d+\.\d+$/.test(each))) {
    console.error(`--releases ${values.releases} is no list of releases, as in ${RELEASES}`);
    return 2;
  }
  const { newest, older } = await fetchReleases(releases);
  for (const each of [...older, newest]) console.log(`${each.package} ${each.version}`);
  const kernel = /^\d+\.\d+(\.\d+)?/.exec(newest.version)![0];
  const paths = await extractHeaders(newest.include, { version: newest.version, kernel, older }, values.out);
  console.log(`${paths.length} files of facts in ${values.out}`);
  return 0;
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 4;
});
