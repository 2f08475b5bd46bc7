export type * from './definitions.ts';
export type { Attributes } from './conditions.ts';
export { prepare, type Decision, type Prepare, type Reason, type Snapshot } from './evaluator.ts';
