/** `node dist/docs/site/publish.js BRANCH REF`: lays dist/site into the checked-out branch that is served. */
import { join } from 'node:path';
import { packageRoot } from '../../conformance/index.ts';
import { LayError, layOut } from './lay.ts';

const [branch, ref] = process.argv.slice(2);
if (branch === undefined || ref === undefined) {
  console.error(
    'expected two words: the folder of the branch that is served, and the git ref that was built',
  );
  process.exit(2);
}
try {
  for (const { folder, version, date } of layOut(join(packageRoot(), 'dist/site'), branch, ref))
    console.log(`${folder === '' ? 'the newest' : folder}: ${version}, built ${date}`);
} catch (error) {
  if (!(error instanceof LayError)) throw error;
  console.error(error.message);
  process.exit(1);
}
