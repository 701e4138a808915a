// Unquoted literals: may these characters stand in a field for a number, an address, a network, a time?
//
// In: what somebody typed or a file holds. Out: yes or no. Never here: a value. The characters are kept as they are and
// the program reads them; what it takes is taken here too (src/ast/literal.rs, and tests/blockly/literals.test.mjs
// compares the two).

const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 64n - 1n;

const HEXADECIMAL = /^0x[0-9a-f]+$/i;
const DIGITS = /^-?[0-9]+$/;
const DECIMAL = /^-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?$/i;

/**
 * A whole number of 64 bits, signed or unsigned, or a finite decimal.
 * @param {string} text
 * @returns {boolean}
 */
export function isNumber(text) {
  if (HEXADECIMAL.test(text)) return BigInt(text) <= LARGEST;
  if (DIGITS.test(text)) return isWithin64Bits(text);
  return DECIMAL.test(text) && Number.isFinite(Number(text));
}

/** @param {string} digits with a minus in front, perhaps */
function isWithin64Bits(digits) {
  const value = digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
  return SMALLEST <= value && value <= LARGEST;
}

/**
 * A count: a whole number of 64 bits, written in one way only.
 * @param {string} text
 * @returns {boolean}
 */
export function isWhole(text) {
  return /^(0|[1-9][0-9]*)$/.test(text) && BigInt(text) <= LARGEST;
}

/**
 * An IP address, version 4 or 6.
 * @param {string} text
 * @returns {boolean}
 */
export function isAddress(text) {
  return isVersion4(text, /^(0|[1-9][0-9]{0,2})$/) || isVersion6(text);
}

/**
 * A network in CIDR form. Inside one, zeros may stand in front of an octet.
 * @param {string} text
 * @returns {boolean}
 */
export function isNetwork(text) {
  const [, address, prefix] = /^([^/]*)\/([0-9]{1,3})$/.exec(text) ?? [];
  if (prefix === undefined) return false;
  const octet = /^[0-9]{1,3}$/;
  if (isVersion4(address, octet)) return prefix.length <= 2 && Number(prefix) <= 32;
  return isVersion6(address, octet) && Number(prefix) <= 128;
}

/** Four octets with dots between. */
function isVersion4(text, octet) {
  const octets = text.split(".");
  return octets.length === 4 && octets.every((each) => octet.test(each) && Number(each) <= 255);
}

/** Eight groups with colons between, of which one run may be `::`; the last two may be written as version 4. */
function isVersion6(text, octet = /^(0|[1-9][0-9]{0,2})$/) {
  const [head, tail, more] = text.split("::");
  if (more !== undefined) return false;
  if (tail === undefined) return groupsOf(head, octet, true) === 8;
  return groupsOf(head, octet, false) + groupsOf(tail, octet, true) <= 7;
}

/** How many groups there are, `NaN` if one is none. */
function groupsOf(text, octet, mayEndInVersion4) {
  if (text === "") return 0;
  const groups = text.split(":");
  const last = groups.pop();
  const isGroup = (group) => /^[0-9a-f]{1,4}$/i.test(group);
  if (!groups.every(isGroup)) return NaN;
  if (isGroup(last)) return groups.length + 1;
  return mayEndInVersion4 && isVersion4(last, octet) ? groups.length + 2 : NaN;
}

const DAY = "([0-9]{4})-([0-9]{2})-([0-9]{2})";
const CLOCK = "([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:[.][0-9]{1,9})?)?)?";
const OFFSET = "(?:Z|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)";
const TIME = new RegExp(`^${DAY}(?:[T ]${CLOCK}${OFFSET}?)?$`, "i");

/**
 * A day, or a point in time as ISO 8601 or Sysmon writes it.
 * @param {string} text
 * @returns {boolean}
 */
export function isTime(text) {
  const [year, month, day, hour = 0, minute = 0, second = 0] = (TIME.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  if (year === undefined) return false;
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) && hour < 24 && minute < 60 && second <= 60
  );
}

function daysOf(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

const isBoolean = (text) => text === "true" || text === "false";

/**
 * The kinds of literals that blocks.json names, and what belongs to each.
 * @type {Record<string, (text: string) => boolean>}
 */
export const LITERALS = {
  number: isNumber,
  whole: isWhole,
  address: isAddress,
  network: isNetwork,
  time: isTime,
  any: (text) => [isNumber, isBoolean, isAddress, isNetwork, isTime].some((fits) => fits(text)),
};
