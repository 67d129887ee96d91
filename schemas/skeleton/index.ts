export {
  compareDescribed,
  compareFacts,
  compareManifest,
  type Described,
  type Difference,
  type Side,
} from './compare.ts';
export { guessDirection, guessRole } from './guess-role.ts';
export { callKeys, callSkeleton, driverName, driverSkeleton } from './skeleton.ts';
