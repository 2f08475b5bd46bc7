// @growthbus/browser/react: the SDK as hooks.
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import type { AnyEvents, Entitlement, Growth, Prompt, PromptAction, PropertiesOf } from './types.ts';

const Context = createContext<Growth | null>(null);

/** Makes an SDK known to the components below. */
export function GrowthProvider(props: { growth: Growth; children?: ReactNode }) {
  return createElement(Context.Provider, { value: props.growth }, props.children);
}

/** The SDK of the nearest provider; throws where there is none, because nothing would work. */
export function useGrowth(): Growth {
  const growth = useContext(Context);
  if (!growth) throw new Error('put the component into a GrowthProvider');
  return growth;
}

/** The value of a flag, now and after each change; reported as an exposure once it is on the screen. */
export function useFlag<T>(key: string, fallback: T): T {
  const { flags } = useGrowth();
  const look = () => flags.details(key, fallback, { expose: false }).value;
  const value = useSyncExternalStore(flags.subscribe, look, look);
  useEffect(() => void flags.get(key, fallback), [flags, key, value]);
  return value;
}

export interface UsedEntitlement extends Entitlement {
  can(feature: string): boolean;
  /** What is left of a limit; `Infinity` without one. */
  remaining(meter: string): number;
}

/** What the current user may use. */
export function useEntitlement(): UsedEntitlement {
  const { entitlements } = useGrowth();
  const look = () => entitlements.current;
  const current = useSyncExternalStore(entitlements.subscribe, look, look);
  return useMemo(
    () => ({ ...current, can: entitlements.can, remaining: entitlements.remaining }),
    [current, entitlements],
  );
}

/** The prompt that is due, and how to say what the user did with it. Bring your own view with `prompts: { view: false }`. */
export function useUpgradePrompt(): { prompt: Prompt | null; acknowledge(action: PromptAction): void } {
  const { prompts } = useGrowth();
  const look = () => prompts.current;
  const prompt = useSyncExternalStore(prompts.subscribe, look, look);
  const acknowledge = useCallback(
    (action: PromptAction) => {
      if (prompt) prompts.acknowledge(prompt.prompt_id, action);
    },
    [prompt, prompts],
  );
  return { prompt, acknowledge };
}

/** Notes events; the same function in every render. */
export function useTrack<E = AnyEvents>(): <N extends keyof E & string>(
  name: N,
  ...properties: PropertiesOf<E, N>
) => void {
  return (useGrowth() as unknown as Growth<E>).track;
}
