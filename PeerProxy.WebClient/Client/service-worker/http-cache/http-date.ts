const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const imfFixdate = /^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/i;
const rfc850 = /^[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/i;
const asctime = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/i;

/** A date of HTTP in any of its three forms (RFC 9110 section 5.6.7), as milliseconds since 1970; undefined for anything else. */
export function parseHttpDate(text: string | undefined): number | undefined {
  const value = text?.trim() ?? "";
  let match = imfFixdate.exec(value);
  if (match !== null) {
    return toTime(Number(match[3]), match[2]!, match[1]!, match);
  }

  match = rfc850.exec(value);
  if (match !== null) {
    // Two digits are of the century that puts the date at most 50 years ahead.
    const years = Number(match[3]) + 2000;
    return toTime(years > new Date().getUTCFullYear() + 50 ? years - 100 : years, match[2]!, match[1]!, match);
  }

  match = asctime.exec(value);
  return match === null ? undefined : toTime(Number(match[6]), match[1]!, match[2]!, ["", "", "", "", ...match.slice(3, 6)]);
}

function toTime(year: number, monthName: string, day: string, parts: readonly string[]): number | undefined {
  const month = months.indexOf(monthName.toLowerCase());
  const time = Date.UTC(year, month, Number(day), Number(parts[4]), Number(parts[5]), Number(parts[6]));
  return month < 0 || Number.isNaN(time) ? undefined : time;
}
