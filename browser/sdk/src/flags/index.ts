export type * from './definitions.ts';
export type { Attributes } from './conditions.ts';
export { prepare, type Decision, type Reason, type Snapshot } from './evaluator.ts';
