import * as z from 'zod/mini';
import {canonicalAddress} from '../../cilium/addresses.ts';
import {printable, printableOnOneLine, withMarks} from '../../foreign-text.ts';
import {withoutCounters} from '../iptables-line.ts';

/** The longest text that is collected: the content of a CNI file. */
const longestText = 65_536;

/** One line of foreign text. */
export const text = z.string().check(z.overwrite(value => printableOnOneLine(value, longestText)));

/** An address or a host's name; API objects may hold any spelling of an address. */
export const address = z.string().check(z.overwrite(value => canonicalAddress(printableOnOneLine(value, 253))));

/** Foreign text of several lines. */
export const lines = z.string().check(z.overwrite(value => printable(value, longestText)));

/** What a program stumbles over must not be taken out of a file that is judged by what that program reads. */
export const fileContent = z.string().check(z.overwrite(value => printable(withMarks(value), longestText)));

/** Lines of foreign text; none where an older file has none. */
export const texts = z._default(z.array(text), []);

/** A line of iptables-save; counters before it, as `iptables-save -c` has them, tell nothing. */
export const someRuleLines = z.array(z.string().check(z.overwrite(value => withoutCounters(printableOnOneLine(value, longestText)))));

/** The same, none where an older file has none. */
export const ruleLines = z._default(someRuleLines, []);

/** One line, or null where it is not known. */
export const nullableText = z._default(z.nullable(text), null);

/** Labels or annotations. */
export const labels = z._default(z.record(text, text), {});
