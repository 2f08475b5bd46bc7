// What runs in the page: the web SDK with its provider, and the few calls that a test makes from outside. Values
// and contexts cross as JSON.
import { OpenFeature, type EvaluationContext, type JsonValue, type Provider } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';

export interface FlagPage {
  /** Gives `ready`, or why it is not. */
  start(baseUrl: string, key: string, context: string): Promise<string>;
  status(): string;
  context(context: string): Promise<void>;
  /** Value, variant, reason and error code of a flag. */
  details(key: string, fallback: string): string;
}

const client = OpenFeature.getClient();
const read = <T>(json: string) => JSON.parse(json) as T;

const page: FlagPage = {
  async start(baseUrl, key, context) {
    const provider = new OFREPWebProvider({ baseUrl, headers: [['Authorization', `Bearer ${key}`]] });
    try {
      await OpenFeature.setContext(read<EvaluationContext>(context));
      await OpenFeature.setProviderAndWait(provider as Provider);
      return 'ready';
    } catch (error) {
      return String(error);
    }
  },
  status: () => client.providerStatus,
  context: (context) => OpenFeature.setContext(read<EvaluationContext>(context)),
  details(key, json) {
    const fallback = read<JsonValue>(json);
    const { value, variant, reason, errorCode } =
      typeof fallback === 'boolean'
        ? client.getBooleanDetails(key, fallback)
        : typeof fallback === 'string'
          ? client.getStringDetails(key, fallback)
          : typeof fallback === 'number'
            ? client.getNumberDetails(key, fallback)
            : client.getObjectDetails(key, fallback);
    return JSON.stringify({ value, variant, reason, errorCode });
  },
};
(globalThis as unknown as { flagPage: FlagPage }).flagPage = page;
