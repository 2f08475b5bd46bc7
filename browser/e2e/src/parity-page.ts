// What a page needs to answer many flags in many contexts with one number.
export { prepare } from '../../sdk/src/flags/index.ts';
export { digest, lines } from '../../sdk/test/flags/answers.ts';
