export { type Answered, answered } from './answered.ts';
export {
  compareDescribed,
  compareFacts,
  compareManifest,
  type Described,
  type Difference,
  type Side,
} from './compare.ts';
export { guessDirection, guessRole } from './guess-role.ts';
export { type AskedOf, type AskedQuestion, questionsOf, type Told, toldBy } from './questions.ts';
export { callKeys, callSkeleton, driverName, driverSkeleton } from './skeleton.ts';
