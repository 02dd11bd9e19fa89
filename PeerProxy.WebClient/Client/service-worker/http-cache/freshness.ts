import type { Field } from "../../protocol/field-section.js";
import { parseDirectives } from "./directives.js";
import { valueOf } from "./fields.js";
import { parseHttpDate } from "./http-date.js";

/** What freshness depends on. Times in milliseconds since 1970. */
export interface DatedResponse {
  readonly status: number;
  readonly fields: readonly Field[];
  readonly requestTime: number;
  readonly responseTime: number;
}

/** RFC 9111 section 4.2.2: the part of the time since the last change for which it is believed not to change again. */
const heuristicFraction = 0.1;

/** As Firefox: a page that has not changed for years may still change next week. */
const maxHeuristicSeconds = 7 * 24 * 3600;

/** Statuses that say they will not change; browsers keep such a response until they need the room. */
const lastingStatuses = new Set([300, 301, 308, 410]);

const heuristicStatuses = new Set([200, 203]);

/** RFC 9111 section 4.2.3, in seconds. */
export function currentAge(response: DatedResponse, now: number): number {
  const date = parseHttpDate(valueOf(response.fields, "date")) ?? response.responseTime;
  const ageText = valueOf(response.fields, "age")?.split(",", 1)[0]!.trim();
  const ageValue = ageText !== undefined && /^\d+$/.test(ageText) ? Number(ageText) : 0;
  const apparentAge = Math.max(0, (response.responseTime - date) / 1000);
  const correctedAge = ageValue + (response.responseTime - response.requestTime) / 1000;
  return Math.max(apparentAge, correctedAge) + Math.max(0, now - response.responseTime) / 1000;
}

/** RFC 9111 section 4.2.1, in seconds. `s-maxage` is for shared caches. */
export function freshnessLifetime(response: DatedResponse): number {
  const { maxAge, mustRevalidate } = parseDirectives(valueOf(response.fields, "cache-control"));
  if (maxAge !== undefined) {
    return maxAge;
  }

  const date = parseHttpDate(valueOf(response.fields, "date")) ?? response.responseTime;
  const expires = valueOf(response.fields, "expires");
  if (expires !== undefined) {
    return Math.max(0, ((parseHttpDate(expires) ?? 0) - date) / 1000);
  }

  if (mustRevalidate) {
    return 0;
  }

  if (lastingStatuses.has(response.status)) {
    return Infinity;
  }

  const modified = parseHttpDate(valueOf(response.fields, "last-modified"));
  return modified === undefined || !heuristicStatuses.has(response.status)
    ? 0
    : Math.min(maxHeuristicSeconds, Math.max(0, (date - modified) / 1000) * heuristicFraction);
}
