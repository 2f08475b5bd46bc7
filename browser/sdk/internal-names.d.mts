/** Properties of the core that the build gives shorter names. */
export declare const INTERNAL: readonly string[];
