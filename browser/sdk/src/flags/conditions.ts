// Conditions of rules and segments, made ready to be asked.
import type { ConditionForm, SegmentForm } from './definitions.ts';

/** What is known of a user, as JSON has it: texts, numbers, booleans, lists, objects. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Whether something fits a user and what is known of them. */
export type Fits = (user: string | null, attributes: Attributes) => boolean;

type Test = (value: unknown) => boolean;
/** Makes a value comparable; undefined when it is of another kind. */
type Parse = (value: unknown) => number | string | undefined;

/** The attribute that stands for the user of the question. */
export const USER = 'user_id';

const MOST_PARTS = 8;
const LONGEST_VERSION = 255;

/** A list of a definition; an error when it is something else. */
export function list<T>(values: readonly T[] | undefined): readonly T[] {
  if (values == null) return [];
  if (!Array.isArray(values)) throw TypeError();
  return values;
}

/** A value as JSON would have it; undefined for null and for what JSON has no word for. */
function json(value: unknown): unknown {
  const plain = value instanceof Date ? value.toJSON() : value;
  const type = typeof plain;
  if (type === 'string' || type === 'boolean' || (type === 'object' && plain) || Number.isFinite(plain))
    return plain;
  return undefined;
}

/** An object's own property, never one of its prototype. */
export function own(object: unknown, name: string): unknown {
  return typeof object === 'object' &&
    object &&
    !Array.isArray(object) &&
    Object.prototype.hasOwnProperty.call(object, name)
    ? json((object as Attributes)[name])
    : undefined;
}

/**
 * Reads an attribute, null or undefined when it is absent; that with the whole name wins over one inside of another.
 * Of a path eight parts are walked.
 */
export function attribute(name: string): (user: string | null, attributes: Attributes) => unknown {
  const path = name.split('.');
  if (path.length > MOST_PARTS) path.push(path.splice(MOST_PARTS - 1).join('.'));
  return (user, attributes) => {
    if (name === USER) return user;
    let place = own(attributes, name);
    if (place === undefined && path.length > 1) {
      place = attributes;
      for (const part of path) place = own(place, part);
    }
    return place;
  };
}

const number: Parse = (value) => (typeof value === 'number' ? value : undefined);

const VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([\da-z-]+(?:\.[\da-z-]+)*))?(?:\+[\da-z.-]+)?$/i;

/**
 * A version as a text that sorts in the order of semver.org 2.0.0, section 11: a release behind its pre-releases,
 * numbers by their size and before words, fewer identifiers before more.
 */
const version: Parse = (value) => {
  const parts = typeof value === 'string' && value.length <= LONGEST_VERSION && VERSION.exec(value);
  if (!parts) return undefined;
  const sorted = (identifier: string) =>
    /^\d+$/.test(identifier) ? '!' + identifier.padStart(LONGEST_VERSION, '0') : '"' + identifier;
  const [, major, minor, patch, before] = parts;
  return (
    [major, minor, patch].map((part) => sorted(part!)) +
    (before ? before.split('.').map(sorted).join(' ') : '~')
  );
};

const MOMENT =
  /^(\d{4}-\d\d-(\d\d))(?:(T(?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:(?:0\d|1[0-7]):[0-5]\d|18:00)))?$/;

/** Milliseconds since the epoch: a number, a day (its beginning in UTC), or ISO 8601 with an offset. */
const moment: Parse = (value) => {
  if (typeof value === 'number') return Math.trunc(value);
  const parts = typeof value === 'string' && MOMENT.exec(value);
  // Some engines take the 30th of February for the 2nd of March.
  if (!parts || new Date(parts[1]!).getUTCDate() !== +parts[2]!) return undefined;
  const [, day, , time, second = '00', fraction = '', zone] = parts;
  return Date.parse(time ? `${day}${time}:${second}.${(fraction + '000').slice(0, 3)}${zone}` : day!);
};

const LESS = 1;
const EQUAL = 2;
const MORE = 4;

const comparison =
  (parse: Parse, wanted: number) =>
  (values: readonly unknown[]): Test => {
    const bound = values.length === 1 ? parse(values[0]) : undefined;
    return (value) => {
      const parsed = parse(value);
      return (
        parsed !== undefined &&
        bound !== undefined &&
        (wanted & (parsed < bound ? LESS : parsed > bound ? MORE : EQUAL)) > 0
      );
    };
  };

const within =
  (fits: (text: string, part: string) => boolean) =>
  (values: readonly unknown[]): Test => {
    return (value) =>
      typeof value === 'string' && values.some((part) => typeof part === 'string' && fits(value, part));
  };

const among = (values: readonly unknown[]): Test => {
  const known = new Set(values);
  return (value) => known.has(value);
};

/** What one value must be, by the word for it; of one that must only be there, or not, nothing. */
const OPERATORS: ReadonlyMap<unknown, (values: readonly unknown[]) => Test | void> = /* @__PURE__ */ new Map<
  unknown,
  (values: readonly unknown[]) => Test | void
>([
  ['in', among],
  ['not_in', among],
  ['starts_with', /* @__PURE__ */ within((text, part) => text.startsWith(part))],
  ['ends_with', /* @__PURE__ */ within((text, part) => text.endsWith(part))],
  ['contains', /* @__PURE__ */ within((text, part) => text.includes(part))],
  ['lt', /* @__PURE__ */ comparison(number, LESS)],
  ['lte', /* @__PURE__ */ comparison(number, LESS | EQUAL)],
  ['gt', /* @__PURE__ */ comparison(number, MORE)],
  ['gte', /* @__PURE__ */ comparison(number, MORE | EQUAL)],
  ['semver_eq', /* @__PURE__ */ comparison(version, EQUAL)],
  ['semver_lt', /* @__PURE__ */ comparison(version, LESS)],
  ['semver_lte', /* @__PURE__ */ comparison(version, LESS | EQUAL)],
  ['semver_gt', /* @__PURE__ */ comparison(version, MORE)],
  ['semver_gte', /* @__PURE__ */ comparison(version, MORE | EQUAL)],
  ['before', /* @__PURE__ */ comparison(moment, LESS)],
  ['after', /* @__PURE__ */ comparison(moment, MORE | EQUAL)],
  ['exists', () => {}],
  ['not_exists', () => {}],
]);

/** An operator that is not known is an error, because its answer is not known. */
function condition(form: ConditionForm, segments?: ReadonlyMap<string, SegmentForm>): Fits {
  const { operator = 'in' } = form;
  const negated = form.not === true;
  if (form.segment != null) {
    // A segment names no other one.
    const segment = segments!.get(form.segment);
    const inner = segment && all(segment.if);
    return (user, attributes) => !!inner && inner(user, attributes) !== negated;
  }
  const read = attribute(form.attribute!);
  const fits = OPERATORS.get(operator)!(list(form.values));
  const without = operator === 'not_in';
  const wanted = negated === (operator === 'not_exists');
  // Of a list one element must fit; that none is among the values must be so of all.
  const fit = (element: unknown) => json(element) !== undefined && fits!(json(element));
  return (user, attributes) => {
    const value = read(user, attributes);
    const there = value != null;
    return (
      (there && (!fits || (Array.isArray(value) ? value.some(fit) : fits(value)) !== without)) === wanted
    );
  };
}

/** Whether all of some conditions fit. */
export function all(
  forms: readonly ConditionForm[] | undefined,
  segments?: ReadonlyMap<string, SegmentForm>,
): Fits {
  const conditions = list(forms).map((form) => condition(form, segments));
  return (user, attributes) => {
    for (const fits of conditions) if (!fits(user, attributes)) return false;
    return true;
  };
}
