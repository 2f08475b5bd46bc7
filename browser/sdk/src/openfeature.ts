// @growthbus/browser/openfeature: the flags of the SDK for OpenFeature's web SDK, evaluated in the page.
import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderEvents,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  type TrackingEventDetails,
} from '@openfeature/web-sdk';
import type { Growth } from './types.ts';

/** Reasons that are errors to OpenFeature. */
const ERRORS: Record<string, ErrorCode> = {
  FLAG_NOT_FOUND: ErrorCode.FLAG_NOT_FOUND,
  PROVIDER_NOT_READY: ErrorCode.PROVIDER_NOT_READY,
  TARGETING_KEY_MISSING: ErrorCode.TARGETING_KEY_MISSING,
  TYPE_MISMATCH: ErrorCode.TYPE_MISMATCH,
};

/** Answers from an SDK that the page has started; its user and attributes follow OpenFeature's context. */
export class GrowthbusProvider implements Provider {
  readonly metadata = { name: 'growthbus' };
  readonly runsOn = 'client';
  readonly events = new OpenFeatureEventEmitter();
  private unsubscribe: (() => void) | null = null;

  constructor(private readonly growth: Growth) {}

  async initialize(context?: EvaluationContext): Promise<void> {
    await this.growth.flags.ready;
    if (context && Object.keys(context).length > 0) await this.follow(context);
    this.unsubscribe = this.growth.flags.subscribe(() =>
      this.events.emit(ProviderEvents.ConfigurationChanged),
    );
  }

  onContextChange(_before: EvaluationContext, context: EvaluationContext): Promise<void> {
    return this.follow(context);
  }

  onClose(): Promise<void> {
    if (this.unsubscribe) this.unsubscribe();
    return Promise.resolve();
  }

  resolveBooleanEvaluation(key: string, fallback: boolean): ResolutionDetails<boolean> {
    return this.resolve(key, fallback);
  }

  resolveStringEvaluation(key: string, fallback: string): ResolutionDetails<string> {
    return this.resolve(key, fallback);
  }

  resolveNumberEvaluation(key: string, fallback: number): ResolutionDetails<number> {
    return this.resolve(key, fallback);
  }

  resolveObjectEvaluation<T extends JsonValue>(key: string, fallback: T): ResolutionDetails<T> {
    return this.resolve(key, fallback);
  }

  track(name: string, _context?: EvaluationContext, details?: TrackingEventDetails): void {
    this.growth.track(name, { ...details });
  }

  private async follow({ targetingKey, ...attributes }: EvaluationContext): Promise<void> {
    const changed = this.growth.flags.setAttributes(attributes);
    if (targetingKey && targetingKey !== this.growth.user) await this.growth.identify(targetingKey);
    await changed;
  }

  private resolve<T>(key: string, fallback: T): ResolutionDetails<T> {
    const { value, variant, reason, rule, version } = this.growth.flags.details(key, fallback);
    const errorCode = ERRORS[reason];
    return {
      value,
      reason: errorCode ? 'ERROR' : reason,
      flagMetadata: { revision: version, ...(rule ? { rule } : {}) },
      ...(variant === null ? {} : { variant }),
      ...(errorCode ? { errorCode } : {}),
    };
  }
}
